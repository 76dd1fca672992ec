/** What the SDK's chain of credential providers says of its search to a logger, line by line. */
type Lines = readonly string[]

const STEP = / defaultProvider::(\w+)$/
const REASON = /^@smithy\/property-provider (?:->|\(!\)) (.*)/s

/** Words of a provider that was asked in vain because nothing is set up for it: no reason to tell. */
const NOT_SET_UP = [
  /^AWS_PROFILE is set, skipping/,
  /^Unable to find environment variable credentials/,
  /^Skipping SSO provider/,
  /^Could not resolve credentials using profile: \[default\]/,
  /^Profile \S+ (could not be found|did not contain credential_process)/,
  /^Web identity configuration not specified/,
  /^EC2 Instance Metadata Service access disabled/,
  /^AWS_EC2_METADATA_V1_DISABLED not set/,
  /^Could not load credentials from any providers/,
]

/**
 * Why there are no credentials, in the words of the first provider that something is set up for; undefined when nothing is.
 * @param end how the search ended, in case that it was not said to the logger
 */
export const reasonOfSearch = (said: Lines, end: string): string | undefined =>
  [...said.flatMap((line) => REASON.exec(line)?.[1] ?? []), end].find(
    (reason) => !NOT_SET_UP.some((pattern) => pattern.test(reason)),
  )

/** Where the search is: the provider that was asked last, as the person who set it up knows it. */
export function placeOfSearch(said: Lines, env: NodeJS.ProcessEnv): string {
  const step = said.flatMap((line) => STEP.exec(line)?.[1] ?? []).at(-1)
  if (step === 'remoteProvider') {
    // As the SDK does: the relative one comes first.
    const variable = ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'].find(
      (name) => env[name],
    )
    return variable ? `${env[variable]} (${variable})` : 'the metadata of an EC2 instance'
  }
  if (step === 'fromTokenFile') return `AWS STS, for the token in ${env.AWS_WEB_IDENTITY_TOKEN_FILE}`
  return env.AWS_PROFILE ? `the profile ${env.AWS_PROFILE} (AWS_PROFILE)` : 'the profile default'
}
