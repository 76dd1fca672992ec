/** The variables of an authentication are missing, or contradict each other; each problem names its variable and what to set. */
export class AuthenticationSettingsError extends Error {
  override readonly name = 'AuthenticationSettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('; '))
    this.problems = problems
  }
}

/** There is nothing to authenticate with: no secret, no AWS credentials, a file or key that cannot be read. It may be mended while the process runs. */
export class AuthenticationFailure extends Error {
  override readonly name = 'AuthenticationFailure'
  /** True when nobody has to mend it: asking again in a moment may help. */
  readonly mayPass: boolean

  constructor(message: string, { mayPass = false, ...options }: ErrorOptions & { mayPass?: boolean } = {}) {
    super(message, options)
    this.mayPass = mayPass
  }
}

/** Whoever needed something to authenticate with could wait no longer; it may still come. The signal's reason is the cause. */
export class AuthenticationLate extends Error {
  override readonly name = 'AuthenticationLate'
}
