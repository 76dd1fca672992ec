import { findFreePort } from '../../plugins/local-services/src/ports.ts'

/** A port of 127.0.0.1 on which nothing listens now. */
export const freePort = (): Promise<number> => findFreePort()
