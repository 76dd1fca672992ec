import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeFolder, startTestBroker, type TestBroker, temporaryFolder } from '../broker.ts'
import { freePort } from '../freePort.ts'
import { type Authority, createAuthority } from './certificates.ts'
import { type IamGate, startIamGate } from './iamGate.ts'
import { setScramPassword } from './scramUser.ts'

/** A broker that is reached in every way that MSK has, over TLS with certificates of the test's own authority. */
export interface SecureBroker {
  /** Plaintext, to look at what the others have done. */
  readonly plaintext: string
  /** Environments of a client for which the broker is reached so. */
  readonly clients: Readonly<Record<'tls' | 'scram' | 'iam' | 'mtls', Readonly<Record<string, string>>>>
  /** Before the listener for IAM. */
  readonly gate: IamGate
  readonly authority: Authority
  /** A new file with this content; its path. */
  file(name: string, content: string): string
  remove(): Promise<void>
}

export const USER = { username: 'ada', password: 'correct horse, battery=staple' }

export async function startSecureBroker(): Promise<SecureBroker> {
  const [port, controller] = [await freePort(), await freePort()]
  const [tls, scram, mtls] = [await freePort(), await freePort(), await freePort()]
  const [iam, behindGate] = [await freePort(), await freePort()]
  const authority = createAuthority('test authority')
  const folder = temporaryFolder()
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const listeners = { CLIENTS: port, TLS: tls, SCRAM: scram, MTLS: mtls }
  const addresses = Object.entries(listeners).map(([name, at]) => `${name}://127.0.0.1:${at}`)
  const gate = await startIamGate(iam, behindGate, authority.issue('gate', ['127.0.0.1']))
  const broker: TestBroker = await startTestBroker({
    port,
    properties: {
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      listeners: [...addresses, `IAM://127.0.0.1:${behindGate}`, `CONTROLLER://127.0.0.1:${controller}`].join(
        ',',
      ),
      'advertised.listeners': [...addresses, `IAM://127.0.0.1:${iam}`].join(','),
      'listener.security.protocol.map':
        'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,IAM:PLAINTEXT,TLS:SSL,SCRAM:SASL_SSL,MTLS:SSL',
      ...serverCertificate(authority),
      'listener.name.mtls.ssl.client.auth': 'required',
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.scram.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
  })
  await setScramPassword(broker.brokers, USER.username, USER.password)

  const client = authority.issue('client')
  const over = (method: string, at: number) => ({
    KAFKA_BROKERS: `127.0.0.1:${at}`,
    KAFKA_AUTH: method,
    KAFKA_CA_FILE: file('authority.pem', authority.certificate),
  })
  return {
    plaintext: broker.brokers,
    gate,
    authority,
    file,
    clients: {
      tls: over('tls', tls),
      scram: { ...over('scram', scram), KAFKA_USERNAME: USER.username, KAFKA_PASSWORD: USER.password },
      iam: { ...over('iam', iam), AWS_REGION: 'eu-central-1' },
      mtls: {
        ...over('mtls', mtls),
        KAFKA_CLIENT_CERTIFICATE_FILE: file('client.pem', client.certificate),
        KAFKA_CLIENT_KEY_FILE: file('client.key', client.privateKey),
      },
    },
    async remove() {
      await gate.stop()
      await broker.remove()
      removeFolder(folder)
    },
  }
}

function serverCertificate(authority: Authority): Record<string, string> {
  const { certificate, privateKey } = authority.issue('broker', ['127.0.0.1', 'localhost'])
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': certificate,
    'ssl.keystore.key': privateKey,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': authority.certificate,
  }
}
