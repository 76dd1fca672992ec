import { once } from 'node:events'
import { SourceMap } from 'node:module'

type Position = { readonly lineNumber: number; readonly columnNumber: number }
type Location = Position & { readonly scriptId: string }
/** What the messages that are read here carry, one this, one that. */
type Message = {
  readonly method?: string
  readonly params: {
    readonly sessionId: string
    readonly message: string
    readonly url: string
    readonly scriptId: string
    readonly sourceMapURL?: string
    readonly reason: string
    readonly callFrames: readonly { readonly location: Location }[]
  }
}
export type Pause = { readonly line: number; resume(): void }

/**
 * A debugger as editors have one: attaches to every worker thread of a process, and stops at one line of one file, counted
 * from 1, in what was written rather than in what a compiler made of it.
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Debugger/
 */
export class WorkerDebugger {
  readonly #socket: WebSocket
  readonly #fileName: string
  readonly #line: number
  /** Of the file, by session and id; with its source map when it was compiled. */
  readonly #scripts = new Map<string, SourceMap | undefined>()
  readonly #pauses: Pause[] = []
  #messages = 0

  private constructor(socket: WebSocket, fileName: string, line: number) {
    this.#socket = socket
    this.#fileName = fileName
    this.#line = line
    socket.addEventListener('message', ({ data }) => this.#received(JSON.parse(String(data))))
    this.#send('NodeWorker.enable', { waitForDebuggerOnStart: true })
  }

  static async attach(url: string, fileName: string, line: number): Promise<WorkerDebugger> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new WorkerDebugger(socket, fileName, line)
  }

  /** The stops so far, in order. */
  get pauses(): readonly Pause[] {
    return this.#pauses
  }

  close(): void {
    this.#socket.close()
  }

  #send(method: string, params: object): void {
    this.#messages += 1
    this.#socket.send(JSON.stringify({ id: this.#messages, method, params }))
  }

  #sendToWorker(sessionId: string, method: string, params: object = {}): void {
    this.#messages += 1
    const message = JSON.stringify({ id: this.#messages, method, params })
    this.#send('NodeWorker.sendMessageToWorker', { sessionId, message })
  }

  #received({ method, params }: Message): void {
    if (method === 'NodeWorker.attachedToWorker') {
      const { sessionId } = params
      this.#sendToWorker(sessionId, 'Debugger.enable')
      // Compiled code stops before it runs, so that its breakpoints are there in time.
      const instrumentation = 'beforeScriptWithSourceMapExecution'
      this.#sendToWorker(sessionId, 'Debugger.setInstrumentationBreakpoint', { instrumentation })
      this.#sendToWorker(sessionId, 'Debugger.setBreakpointByUrl', {
        urlRegex: `/${this.#fileName}$`,
        lineNumber: this.#line - 1,
      })
      this.#sendToWorker(sessionId, 'Runtime.runIfWaitingForDebugger')
    }
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.#receivedFromWorker(params.sessionId, JSON.parse(params.message))
    }
  }

  #receivedFromWorker(sessionId: string, { method, params }: Message): void {
    if (method === 'Debugger.scriptParsed' && params.url.endsWith(`/${this.#fileName}`)) {
      const map = params.sourceMapURL?.split('base64,')[1]
      const sourceMap =
        map === undefined ? undefined : new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString()))
      this.#scripts.set(sessionId + params.scriptId, sourceMap)
      if (sourceMap === undefined) return
      const location = { scriptId: params.scriptId, ...this.#compiled(sourceMap) }
      this.#sendToWorker(sessionId, 'Debugger.setBreakpoint', { location })
    }
    if (method === 'Debugger.paused') {
      const location = params.callFrames[0]?.location
      const script = sessionId + location?.scriptId
      const resume = () => this.#sendToWorker(sessionId, 'Debugger.resume')
      if (location === undefined || params.reason === 'instrumentation' || !this.#scripts.has(script))
        resume()
      else this.#pauses.push({ line: written(this.#scripts.get(script), location), resume })
    }
  }

  /** Where the line begins in what the compiler made of it. */
  #compiled(map: SourceMap): Position {
    for (let lineNumber = 0; lineNumber < 100; lineNumber += 1) {
      for (let columnNumber = 0; columnNumber < 2_000; columnNumber += 1) {
        const entry = map.findEntry(lineNumber, columnNumber)
        if ('originalLine' in entry && entry.originalLine === this.#line - 1)
          return { lineNumber, columnNumber }
      }
    }
    throw new Error(`The source map of ${this.#fileName} has no line ${this.#line}`)
  }
}

/** The line of a position, before it was compiled. */
function written(map: SourceMap | undefined, { lineNumber, columnNumber }: Position): number {
  const entry = map?.findEntry(lineNumber, columnNumber)
  return 1 + (entry !== undefined && 'originalLine' in entry ? entry.originalLine : lineNumber)
}
