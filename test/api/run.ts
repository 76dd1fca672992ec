import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { freePort } from '../helpers/freePort.ts'
import { copyProject, startOffline } from '../helpers/project.ts'
import { testKafka } from '../helpers/topics.ts'
import { environment } from './pythonEnvironment.ts'

/**
 * Schemathesis sends what docs/openapi.yml describes, and what it does not, to `npm start` with a Kafka of its own. Then every
 * 202 must be on the topic, once, and nothing else.
 */

const SPECIFICATION = path.resolve(import.meta.dirname, '../../docs/openapi.yml')
const CONFIGURATION = path.join(import.meta.dirname, 'schemathesis.toml')

/** Resolves to whether it found nothing. */
async function schemathesis(url: string, report: string): Promise<boolean> {
  const child = spawn(
    environment.program('schemathesis'),
    [
      ...['--config-file', CONFIGURATION, 'run', SPECIFICATION, '--url', url],
      ...['--report', 'har', '--report-har-path', report],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], cwd: path.dirname(report) },
  )
  const [code] = await once(child, 'exit')
  return code === 0
}

interface HttpArchive {
  log: { entries: { response: { status: number; content: { text?: string; encoding?: string } } }[] }
}

/** The bodies of all answers with 202. */
function acceptedIn(report: string): string[] {
  const { log } = JSON.parse(readFileSync(report, 'utf8')) as HttpArchive
  return log.entries
    .filter(({ response }) => response.status === 202)
    .map(({ response: { content } }) =>
      Buffer.from(content.text ?? '', content.encoding === 'base64' ? 'base64' : 'utf8').toString(),
    )
}

async function run(): Promise<boolean> {
  const project = copyProject()
  const folder = temporaryFolder()
  const report = path.join(folder, 'requests.har')
  const kafkaPort = await freePort()
  const offline = await startOffline({
    folder: project.folder,
    env: { KAFKA_PORT: String(kafkaPort), PAYMENT_MAX_DELAY_MS: '0' },
  })
  const kafka = testKafka(`127.0.0.1:${kafkaPort}`)
  try {
    const conforms = await schemathesis(offline.url, report)
    const accepted = acceptedIn(report)
    const written = (await kafka.read('orders')).map(({ value }) => value)
    const same = JSON.stringify(accepted.toSorted()) === JSON.stringify(written.toSorted())
    console.log(
      `${accepted.length} orders accepted, ${written.length} on the topic${same ? '' : ': NOT the same'}`,
    )
    return conforms && same && accepted.length > 0
  } finally {
    await kafka.close()
    // Orders that wait for their payment do not matter here.
    await offline.stop('SIGKILL')
    project.remove()
    removeFolder(folder)
  }
}

if (environment.upToDate()) {
  process.exitCode = (await run()) ? 0 : 1
} else {
  console.error('Run npm run test:api:setup first.')
  process.exitCode = 1
}
