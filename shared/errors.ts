/**
 * The two kinds of failure that every caller tells apart: a permanent one never succeeds, however often it is
 * tried; a retryable one may succeed later. `code` is stable and safe to log; the original error is in `cause`.
 */
export abstract class OrderSystemError extends Error {
  abstract readonly retryable: boolean
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

export class PermanentError extends OrderSystemError {
  readonly retryable = false
}

export class RetryableError extends OrderSystemError {
  readonly retryable = true
}

/**
 * A setting is missing or out of range; the message names it and says what to set. Retryable, since it is no fault of the
 * record or request at hand: these must be kept until it is mended.
 */
export class SettingsError extends RetryableError {
  constructor(message: string) {
    super('InvalidSettings', message)
  }
}

/** A Kafka record that can never be processed: not JSON, of another shape, a tombstone. */
export class InvalidRecordError extends PermanentError {
  constructor(message: string, options?: ErrorOptions) {
    super('InvalidRecord', message, options)
  }
}

/** Kafka did not acknowledge in time. The records may or may not have been written. */
export class KafkaUnavailableError extends RetryableError {
  constructor(message: string, options?: ErrorOptions) {
    super('KafkaUnavailable', message, options)
  }
}

/** Kafka refuses the records whenever they are sent, for instance as too large. */
export class RecordRefusedError extends PermanentError {
  constructor(message: string, options?: ErrorOptions) {
    super('RecordRefused', message, options)
  }
}

/** The same was asked for before with another content, so that it is not known which one is meant. */
export class ConflictError extends PermanentError {
  constructor(message: string, options?: ErrorOptions) {
    super('Conflict', message, options)
  }
}

/** The payment gateway will never take this charge. */
export class DeclinedError extends PermanentError {
  constructor(message: string, options?: ErrorOptions) {
    super('Declined', message, options)
  }
}

/** The payment gateway gave no answer, or one that may be another later. The charge may or may not be made. */
export class GatewayUnavailableError extends RetryableError {
  constructor(message: string, options?: ErrorOptions) {
    super('GatewayUnavailable', message, options)
  }
}

/** The table of outcomes gave no answer. What was written may or may not be there. */
export class OutcomesUnavailableError extends RetryableError {
  constructor(message: string, options?: ErrorOptions) {
    super('OutcomesUnavailable', message, options)
  }
}

/** Another invocation, or another record of this one, has it in hand. */
export class InProgressError extends RetryableError {
  constructor(message: string, options?: ErrorOptions) {
    super('InProgress', message, options)
  }
}

/** The reason of any thrown value in one line, with the messages of its causes where they say more, for logs. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} thrown: ${String(error)}`
  const reason = error.message || error.name
  if (!(error.cause instanceof Error)) return reason
  const cause = reasonOf(error.cause)
  if (reason.includes(cause)) return reason
  return cause.startsWith(reason) ? cause : `${reason} (${cause})`
}
