import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const PLUGIN = fileURLToPath(new URL('../../index.ts', import.meta.url))
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const NODE_MODULES = SERVERLESS.slice(0, SERVERLESS.lastIndexOf(`${path.sep}serverless${path.sep}`))

/** How a command ended: with a code, or by a signal. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** What it printed, both streams. */
  output: string
  stdout: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<Ended>
}

/** A service of a test's own whose functions are bundled. */
export class BundledService {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'bundle-'))
  readonly #running = new Set<ChildProcess>()

  /**
   * @param handlers source of `<name>.ts`, which exports `handler`, by the name of its function
   * @param settings of each function, beside its handler
   */
  constructor(handlers: Record<string, string>, settings: object = {}) {
    const names = Object.keys(handlers)
    const configuration = {
      service: 'bundled',
      configValidationMode: 'error',
      plugins: ['./plugin.ts'],
      provider: { name: 'aws', runtime: 'nodejs24.x' },
      functions: Object.fromEntries(
        names.map((name) => [name, { handler: `functions/${name}.handler`, ...settings }]),
      ),
    }
    mkdirSync(path.join(this.folder, 'functions'))
    // JSON is YAML.
    this.write('serverless.yml', JSON.stringify(configuration))
    this.write('plugin.ts', `export { default } from ${JSON.stringify(PLUGIN)}\n`)
    this.write('package.json', '{ "type": "module" }')
    for (const [name, source] of Object.entries(handlers)) this.write(`functions/${name}.ts`, source)
    symlinkSync(NODE_MODULES, path.join(this.folder, 'node_modules'))
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text)
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const child = spawn(process.execPath, [SERVERLESS, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        SLS_NOTIFICATIONS_MODE: 'off',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    })
    this.#running.add(child)
    let output = ''
    let stdout = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (stream === child.stdout) stdout += text
      })
    }
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (code, signal) => {
        this.#running.delete(child)
        resolve({ code, signal, output, stdout })
      })
    })
    return { child, output: () => output, ended }
  }

  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
    return this.start(args, env).ended
  }

  remove(): void {
    for (const child of this.#running) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
