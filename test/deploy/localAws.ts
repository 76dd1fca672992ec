import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { accepts } from '../../plugins/local-services/src/ports.ts'
import { freePort } from '../helpers/freePort.ts'
import { type CommandResult, runCommand } from '../helpers/project.ts'
import { waitFor } from '../helpers/waitFor.ts'
import { pythonProgram } from './pythonEnvironment.ts'

const FOLDER = path.join(import.meta.dirname, 'localAws')

/** A local AWS endpoint, see localAws/endpoint.py for what it can show and what not. */
export interface LocalAws {
  readonly url: string
  /** A command with the account on this endpoint. */
  run(folder: string, command: [string, ...string[]], environment?: NodeJS.ProcessEnv): Promise<CommandResult>
  /** `serverless`, likewise. */
  serverless(folder: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<CommandResult>
  /** What the account holds, see localAws/state.py. */
  state(): Promise<AccountState>
  stop(): Promise<void>
}

export interface AccountState {
  stacks: string[]
  functions: Record<string, FunctionState>
  mappings: (Record<string, unknown> & { FunctionArn: string })[]
  /** The names of the topics by the ARN of their cluster. */
  clusters: Record<string, string[]>
  roles: string[]
  alarms: string[]
  dashboards: string[]
  alarmTopics: string[]
  apis: Record<'routes' | 'integrations' | 'stages', Record<string, unknown>[]>[]
  logGroups: string[]
  buckets: string[]
  secrets: string[]
  /** Of the network, by the name of their service. */
  endpoints: string[]
  /** DynamoDB tables by their name. */
  tables: Record<string, { key: string; billing: string; timeToLive?: string; pointInTime: string }>
  networks: string[]
  subnets: string[]
  securityGroups: string[]
}

export interface FunctionState {
  FunctionName: string
  FunctionArn: string
  Handler: string
  Runtime: string
  Timeout: number
  Role: string
  Environment?: { Variables: Record<string, string> }
  VpcConfig?: { SubnetIds: string[]; SecurityGroupIds: string[] }
}

/** Starts it on a free port of the loopback interface; resolves when it answers. */
export async function startLocalAws(): Promise<LocalAws> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const endpoint = spawn(pythonProgram('python'), [path.join(FOLDER, 'endpoint.py'), String(port)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' },
  })
  const said: string[] = []
  endpoint.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const exited = once(endpoint, 'exit')
  const ended = exited.then(() => {
    throw new Error(`The local AWS endpoint ended:\n${said.join('')}`)
  })
  await Promise.race([
    ended,
    waitFor(() => accepts(port), { timeoutMs: 60_000, what: 'the local AWS endpoint accepts connections' }),
  ])
  ended.catch(() => {})
  const account = {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    // Nothing of a developer's own settings.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    SLS_NOTIFICATIONS_MODE: 'off',
    // Milliseconds between two looks at the stack; nothing here takes the 5 seconds of the default.
    SLS_AWS_MONITORING_FREQUENCY: '200',
  }
  const run: LocalAws['run'] = (folder, command, environment) =>
    runCommand(folder, command, { ...account, ...environment })
  return {
    url,
    run,
    serverless: (folder, args, environment) =>
      run(folder, ['node', 'node_modules/serverless/bin/serverless.js', ...args], environment),
    async state() {
      const { code, stdout, stderr } = await runCommand(FOLDER, [
        pythonProgram('python'),
        path.join(FOLDER, 'state.py'),
        url,
      ])
      if (code !== 0)
        throw new Error(`The local AWS endpoint does not answer: ${stderr}\n${said.join('').slice(-5_000)}`)
      return JSON.parse(stdout)
    },
    async stop() {
      endpoint.kill()
      await exited
    },
  }
}
