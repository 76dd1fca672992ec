export type AwsService = 'sqs' | 'sns' | 's3'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The local endpoint that stands for a service, by the variables that the AWS SDKs know; `undefined`: none is named.
 * @throws {Error} the variable holds no http(s) URL
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function awsEndpoint(service: AwsService, environment: Environment): string | undefined {
  for (const variable of [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, 'AWS_ENDPOINT_URL']) {
    const url = environment[variable]
    if (!url) continue
    if (!/^https?:/.test(url) || !URL.canParse(url)) {
      throw new Error(`${variable}: ${url} is no URL; it looks like http://localhost:4566`)
    }
    return url
  }
  return undefined
}

export const awsRegion = (environment: Environment): string | undefined =>
  environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined

/** A local endpoint takes any credentials, but the SDK sends nothing without. */
export function awsCredentials(environment: Environment) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return { accessKeyId: 'local', secretAccessKey: 'local' }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  }
}
