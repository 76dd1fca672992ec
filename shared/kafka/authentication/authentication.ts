import type { ConnectionOptions } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import { readAuthorities } from './authorities.ts'
import { type CredentialsProvider, processCredentials, signIamToken } from './iamToken.ts'
import { keptToken } from './keptToken.ts'
import { type AskForSecret, openSecret } from './secret.ts'
import type { AuthenticationSettings } from './settings.ts'
import { answered, untilAborted } from './sharedWait.ts'
import { type ClientCertificate, readPem, tlsOptions } from './tlsOptions.ts'

/** KafkaJS's options of these names. */
export interface ConnectionSecurity {
  readonly ssl: ConnectionOptions | false
  readonly sasl?: SASLOptions
}

export interface Authentication {
  /**
   * What a new connection authenticates with. Nothing is loaded or asked for before.
   * @throws {AuthenticationFailure} there is nothing to authenticate with
   * @throws {AuthenticationLate} `signal` came while a secret or credentials were waited for
   */
  options(signal?: AbortSignal): Promise<ConnectionSecurity>
  /** What to say when `options` does not end in time; not there when it waits for nobody. */
  readonly late?: string
  /** The brokers refused it: what may have been replaced is asked for again. */
  refused(): void
}

/** Where secrets, credentials and the time come from; others in tests only. */
export interface Sources {
  readonly askForSecret?: AskForSecret
  readonly credentials?: CredentialsProvider
  readonly now?: () => number
}

const UNLIMITED = new AbortController().signal

/** One for a process: it keeps the secret and the token. */
export function openAuthentication(settings: AuthenticationSettings, sources: Sources = {}): Authentication {
  switch (settings.method) {
    case 'none':
      return { options: async () => ({ ssl: false }), refused() {} }
    case 'tls':
      return { options: async () => ({ ssl: tlsOptions(await authorities(settings.caFile)) }), refused() {} }
    case 'scram':
      return scram(settings, sources)
    case 'iam':
      return iam(settings, sources)
    case 'mtls':
      return mutualTls(settings, sources)
  }
}

type SettingsOf<Method> = Extract<AuthenticationSettings, { method: Method }>

function scram({ caFile, login }: SettingsOf<'scram'>, { askForSecret }: Sources): Authentication {
  const secret = 'secretArn' in login ? openSecret(login.secretArn, LOGIN_FIELDS, askForSecret) : undefined
  return {
    ...(secret && { late: secret.late }),
    async options(signal = UNLIMITED) {
      const ssl = tlsOptions(await authorities(caFile))
      const { username = '', password = '' } = secret ? await secret.fields(signal) : (login as Login)
      return { ssl, sasl: { mechanism: 'scram-sha-512', username, password } }
    },
    refused: () => secret?.forget(),
  }
}

type Login = { readonly username: string; readonly password: string }

/** See https://docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html */
const LOGIN_FIELDS = ['username', 'password']

function iam({ caFile, region }: SettingsOf<'iam'>, { credentials, now }: Sources): Authentication {
  const late = 'KAFKA_AUTH=iam: the AWS credentials to sign with did not come in time'
  const sign = async () => signIamToken(region, credentials ?? (await processCredentials()))
  const token = keptToken(() => answered(sign, late), now)
  return {
    late,
    async options(signal = UNLIMITED) {
      const ssl = tlsOptions(await authorities(caFile))
      // Asked for here, so that missing credentials are told as such and not by KafkaJS.
      await untilAborted(token(), signal, late)
      // KafkaJS calls this at each authentication of a connection, the repeated ones too.
      const oauthBearerProvider = async () => ({ value: (await token()).token })
      return { ssl, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } }
    },
    refused() {},
  }
}

function mutualTls({ caFile, certificate }: SettingsOf<'mtls'>, { askForSecret }: Sources): Authentication {
  const secret =
    'secretArn' in certificate
      ? openSecret(certificate.secretArn, CERTIFICATE_FIELDS, askForSecret)
      : undefined
  const origin = secret ? 'KAFKA_SECRET_ARN' : 'KAFKA_CLIENT_CERTIFICATE_FILE and KAFKA_CLIENT_KEY_FILE'
  const read = async (signal: AbortSignal): Promise<ClientCertificate> => {
    if ('secretArn' in certificate) return (await secret?.fields(signal)) as unknown as ClientCertificate
    return {
      certificate: await readPem('KAFKA_CLIENT_CERTIFICATE_FILE', certificate.certificateFile),
      privateKey: await readPem('KAFKA_CLIENT_KEY_FILE', certificate.keyFile),
      privateKeyPassword: certificate.keyPassword,
    }
  }
  return {
    ...(secret && { late: secret.late }),
    async options(signal = UNLIMITED) {
      const [ca, client] = [await authorities(caFile), await read(signal)]
      try {
        return { ssl: tlsOptions(ca, client, origin) }
      } catch (error) {
        // The next one may be whole.
        secret?.forget()
        throw error
      }
    },
    refused: () => secret?.forget(),
  }
}

/** See https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html */
const CERTIFICATE_FIELDS = ['certificate', 'privateKey']

const authorities = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : readAuthorities(file)
