/** A failure that the person at the terminal can mend: its message says what happened and how to mend it. */
export class LocalServicesError extends Error {
  override readonly name = 'LocalServicesError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
