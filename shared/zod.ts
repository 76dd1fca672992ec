import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'

// Without it, each message is "Invalid input".
z.config(en())

/** zod's functions without its methods: schemas are made at each cold start, and take a third of the time so. */
export * from 'zod/mini'
