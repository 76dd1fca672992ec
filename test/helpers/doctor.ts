import { freePort } from './freePort.ts'
import { runCommand } from './project.ts'

/** Ports for the four servers of `npm start`. */
export interface StartPorts {
  http: number
  lambda: number
  kafka: number
  dynamoDb: number
}

export const freeStartPorts = async (): Promise<StartPorts> => ({
  ...{ http: await freePort(), lambda: await freePort() },
  ...{ kafka: await freePort(), dynamoDb: await freePort() },
})

export interface DoctorResult {
  code: number | null
  /** The lines under each heading, their blanks made one. */
  machine: string[]
  account: string[]
}

/** What `npm run doctor` runs, as a process of its own that finds no credentials but those in `env`. */
export async function runDoctor(
  folder: string,
  ports: StartPorts,
  { args = [], env = {}, flags = [] }: { args?: string[]; env?: NodeJS.ProcessEnv; flags?: string[] } = {},
): Promise<DoctorResult> {
  const { code, stdout, stderr } = await runCommand(
    folder,
    [
      ...([process.execPath, ...flags, 'doctor/index.js'] as [string, ...string[]]),
      ...['--httpPort', `${ports.http}`, '--lambdaPort', `${ports.lambda}`, ...args],
    ],
    {
      ...{ KAFKA_PORT: `${ports.kafka}`, DYNAMODB_PORT: `${ports.dynamoDb}` },
      ...{ AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nowhere', ...env },
    },
  )
  const [machine = '', account = ''] = (stdout + stderr).split(/^(?=AWS, )/m)
  return { code, machine: linesOf(machine), account: linesOf(account) }
}

const linesOf = (text: string) =>
  text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().replace(/\s+/g, ' '))
