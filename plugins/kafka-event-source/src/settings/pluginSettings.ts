import * as z from 'zod'
import { AUTHENTICATION_METHODS } from '../../../../shared/kafka/authentication/index.ts'
import { DEFAULT_RETRY_PAUSE } from '../polling/retryPause.ts'
import { reportedProblems, SettingsError, wording } from './settingsError.ts'

/** `custom.kafkaEventSource` of serverless.yml: the one definition of each key. */
const kafkaEventSource = z.strictObject({
  /** `host:port` each, in a list or in text with commas. */
  brokers: z.union([z.string(), z.array(z.string())], 'must be host:port, or a list of them').optional(),
  /** As KAFKA_AUTH. */
  auth: z.enum(AUTHENTICATION_METHODS).optional(),
  /** The same as `auth: tls`. */
  tls: z.boolean().optional(),
  /** Between two attempts of a batch, in milliseconds: doubles from the first to the longest. */
  retryPause: z
    .strictObject({
      firstMs: z.int().min(1).default(DEFAULT_RETRY_PAUSE.firstMs),
      longestMs: z.int().min(1).default(DEFAULT_RETRY_PAUSE.longestMs),
    })
    .default(DEFAULT_RETRY_PAUSE),
  /** What makes JavaScript of handlers: tsx, which knows all of TypeScript, or Node.js itself, which removes types and starts faster. */
  typeScript: z.enum(['tsx', 'node']).default('tsx'),
})

export type PluginSettings = z.output<typeof kafkaEventSource>

/**
 * Reads `custom.kafkaEventSource`.
 * @throws {SettingsError} what cannot be used, and unknown keys, each with its field
 */
export function pluginSettings(custom: unknown): PluginSettings {
  const parsed = kafkaEventSource.safeParse(custom ?? {}, { error: wording })
  if (parsed.success) return parsed.data
  throw new SettingsError(reportedProblems(parsed.error, 'custom.kafkaEventSource'))
}

/** The same for the configuration check of Serverless. */
export function pluginSettingsSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(kafkaEventSource, { target: 'draft-7', io: 'input' })
  return schema
}
