import { AuthenticationSettingsError } from './errors.ts'

export const AUTHENTICATION_METHODS = ['none', 'tls', 'scram', 'iam', 'mtls'] as const

export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number]

/** Which variables go with a method, beside KAFKA_AUTH. */
const VARIABLES = {
  none: [],
  tls: ['KAFKA_CA_FILE'],
  scram: ['KAFKA_CA_FILE', 'KAFKA_SECRET_ARN', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'],
  iam: ['KAFKA_CA_FILE'],
  mtls: [
    'KAFKA_CA_FILE',
    'KAFKA_SECRET_ARN',
    'KAFKA_CLIENT_CERTIFICATE_FILE',
    'KAFKA_CLIENT_KEY_FILE',
    'KAFKA_CLIENT_KEY_PASSWORD',
  ],
} as const satisfies Record<AuthenticationMethod, readonly string[]>

type Variable = (typeof VARIABLES)[AuthenticationMethod][number]

/** What takes the place of the secret: all of the first, and with them any of the second. */
const INSTEAD_OF_SECRET = {
  scram: [['KAFKA_USERNAME', 'KAFKA_PASSWORD'], []],
  mtls: [['KAFKA_CLIENT_CERTIFICATE_FILE', 'KAFKA_CLIENT_KEY_FILE'], ['KAFKA_CLIENT_KEY_PASSWORD']],
} as const satisfies Record<'scram' | 'mtls', readonly [readonly Variable[], readonly Variable[]]>

/** KAFKA_AUTH and all that goes with it, whatever the method; AWS_REGION and credentials are AWS's own. */
export const AUTHENTICATION_VARIABLES: readonly string[] = [
  'KAFKA_AUTH',
  ...new Set(Object.values(VARIABLES).flat()),
]

/** How brokers are spoken to. All but `none` go over TLS; a CA file stands for the public authorities. */
export type AuthenticationSettings =
  | { readonly method: 'none' }
  | { readonly method: 'tls'; readonly caFile: string | undefined }
  | {
      readonly method: 'scram'
      readonly caFile: string | undefined
      readonly login:
        | { readonly secretArn: string }
        | { readonly username: string; readonly password: string }
    }
  | { readonly method: 'iam'; readonly caFile: string | undefined; readonly region: string }
  | {
      readonly method: 'mtls'
      readonly caFile: string | undefined
      readonly certificate: { readonly secretArn: string } | CertificateFiles
    }

/** PEM files. */
export type CertificateFiles = {
  readonly certificateFile: string
  readonly keyFile: string
  readonly keyPassword: string | undefined
}

const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/

/**
 * Reads KAFKA_AUTH and what goes with it; a variable that is set to nothing counts as not set.
 * @throws {AuthenticationSettingsError} all that is missing, left over or contradicts
 */
export function readAuthentication(environment: NodeJS.ProcessEnv): AuthenticationSettings {
  const method = environment.KAFKA_AUTH || 'none'
  if (!isMethod(method)) {
    throw new AuthenticationSettingsError([
      `KAFKA_AUTH (${JSON.stringify(method)}): must be ${AUTHENTICATION_METHODS.slice(0, -1).join(', ')} or ${AUTHENTICATION_METHODS.at(-1)}`,
    ])
  }
  const problems = [...leftOver(method, environment), ...missing(method, environment)]
  if (problems.length > 0) throw new AuthenticationSettingsError(problems)

  const value = (name: Variable | 'AWS_REGION') => environment[name] ?? ''
  const caFile = environment.KAFKA_CA_FILE || undefined
  const secretArn = value('KAFKA_SECRET_ARN')
  switch (method) {
    case 'none':
      return { method }
    case 'tls':
      return { method, caFile }
    case 'iam':
      return { method, caFile, region: value('AWS_REGION') }
    case 'scram': {
      const login = { username: value('KAFKA_USERNAME'), password: value('KAFKA_PASSWORD') }
      return { method, caFile, login: secretArn ? { secretArn } : login }
    }
    case 'mtls': {
      const files = {
        certificateFile: value('KAFKA_CLIENT_CERTIFICATE_FILE'),
        keyFile: value('KAFKA_CLIENT_KEY_FILE'),
        keyPassword: environment.KAFKA_CLIENT_KEY_PASSWORD || undefined,
      }
      return { method, caFile, certificate: secretArn ? { secretArn } : files }
    }
  }
}

const isMethod = (text: string): text is AuthenticationMethod =>
  AUTHENTICATION_METHODS.some((method) => method === text)

/** A variable of another method is a mistake somewhere: which of the two is meant, nobody can tell. */
function leftOver(method: AuthenticationMethod, environment: NodeJS.ProcessEnv): string[] {
  const own: readonly string[] = VARIABLES[method]
  return AUTHENTICATION_VARIABLES.filter(
    (name) => name !== 'KAFKA_AUTH' && environment[name] && !own.includes(name),
  ).map((name) => {
    const users = AUTHENTICATION_METHODS.filter((other) =>
      VARIABLES[other].some((variable) => variable === name),
    )
    return `${name}: goes with KAFKA_AUTH=${users.join(' or ')}, and KAFKA_AUTH is ${method}; unset one of the two`
  })
}

function missing(method: AuthenticationMethod, environment: NodeJS.ProcessEnv): string[] {
  if (method === 'iam' && !environment.AWS_REGION) {
    return ['AWS_REGION: is missing, KAFKA_AUTH=iam needs the Region of the cluster']
  }
  if (method !== 'scram' && method !== 'mtls') return []

  const arn = environment.KAFKA_SECRET_ARN
  const [needed, optional] = INSTEAD_OF_SECRET[method]
  const given = [...needed, ...optional].filter((name) => environment[name])
  if (arn) {
    return [
      ...(SECRET_ARN.test(arn)
        ? []
        : [`KAFKA_SECRET_ARN (${JSON.stringify(arn)}): must be the ARN of a secret`]),
      ...(given.length > 0
        ? [`KAFKA_SECRET_ARN: takes the place of ${given.join(', ')}; unset one or the other`]
        : []),
    ]
  }
  if (given.length === 0) {
    return [`KAFKA_SECRET_ARN: is missing, KAFKA_AUTH=${method} needs it; or set ${needed.join(' and ')}`]
  }
  return needed
    .filter((name) => !environment[name])
    .map((name) => `${name}: is missing, ${given.join(' and ')} needs it`)
}
