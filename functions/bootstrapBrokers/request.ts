import * as z from 'zod'
import { PermanentError, SettingsError } from '../../shared/errors.ts'
import { AUTHENTICATION_METHODS } from '../../shared/kafka/authentication/settings.ts'

/**
 * What an answer needs of CloudFormation's request, whatever it asks for
 * (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html).
 */
const requestSchema = z.object({
  RequestType: z.string(),
  /** Pre-signed, and so a secret: it does not belong in a log. */
  ResponseURL: z.url({ protocol: /^https?$/ }),
  StackId: z.string().min(1),
  RequestId: z.string().min(1),
  LogicalResourceId: z.string().min(1),
  /** Not in a Create; null or empty counts as absent, since a resource must be removable whatever it is called. */
  PhysicalResourceId: z
    .string()
    .nullish()
    .transform((id) => id || undefined),
  ResourceProperties: z.unknown(),
})

export type CustomResourceRequest = z.infer<typeof requestSchema>

/**
 * Reads CloudFormation's request for a custom resource.
 * @throws PermanentError when it is none, so that there is nobody to answer
 */
export function readRequest(event: unknown): CustomResourceRequest {
  const parsed = requestSchema.safeParse(event)
  if (parsed.success) return parsed.data
  throw new PermanentError(
    'NotACustomResourceRequest',
    `This is not a request of CloudFormation for a custom resource: ${faultsOf(parsed.error)}`,
  )
}

const questionSchema = z.object({
  RequestType: z.enum(['Create', 'Update']),
  ResourceProperties: z.object({
    ClusterArn: z.string().regex(/^arn:[^:]+:kafka:/, 'must be the ARN of an MSK cluster'),
    Authentication: z.enum(AUTHENTICATION_METHODS),
  }),
})

/** What is asked for; further properties only make CloudFormation ask again. */
export type BrokersQuestion = z.infer<typeof questionSchema>['ResourceProperties']

/**
 * Reads which brokers a Create or Update asks for.
 * @throws SettingsError that names each property at fault
 */
export function readQuestion(request: CustomResourceRequest): BrokersQuestion {
  const parsed = questionSchema.safeParse(request)
  if (parsed.success) return parsed.data.ResourceProperties
  throw new SettingsError(`Mend the custom resource in the template: ${faultsOf(parsed.error)}`)
}

function faultsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'the event'}: ${message}`).join('; ')
}
