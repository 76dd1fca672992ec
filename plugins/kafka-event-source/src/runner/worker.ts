import module from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { unpackEvent } from '../event/packedEvent.ts'
import { stopKafkaIdleTimer } from '../kafkaIdleTimer.ts'
import { DirectOutput } from './directOutput.ts'
import { functionError, thrownError } from './functionError.ts'
import {
  compileTypeScript,
  existingFile,
  type Handler,
  HandlerError,
  loadHandler,
  parseHandler,
} from './loadHandler.ts'
import type { InvocationMessage, WorkerData, WorkerMessage } from './messages.ts'
import { ModuleReport } from './moduleReport.ts'
import { catchOwnSignals, hideThread } from './ownProcess.ts'
import { defineAwsLambda, streams } from './streamingHandler.ts'

// The worker thread of one execution environment: loads the handler once, then runs one invocation after the other.

const { settings, output: memory, compileCache } = workerData as WorkerData
const port = parentPort as NonNullable<typeof parentPort>
/** As they are before the function's code comes. */
const { parse, stringify } = JSON
const NO_LIMIT_MS = 15 * 60 * 1_000
/** What Lambda takes as the JSON of an answer: 100 bytes more than of an event. */
const LONGEST_ANSWER_BYTES = 6_291_556

const output = new DirectOutput(memory)
const modules = new ModuleReport((modules) => port.postMessage({ type: 'modules', modules }))

function post(message: WorkerMessage): void {
  modules.flush()
  output.flush()
  port.postMessage(message)
}

function fail(thrown: unknown): never {
  post({ type: 'failed', error: thrownError(thrown), fatal: true })
  process.exit(1)
}

// What nobody caught ends the environment, as in Lambda. This is the worker's own process object, not the server's.
process.on('uncaughtException', fail)
process.on('unhandledRejection', (reason) => {
  const { errorType, errorMessage, trace } = thrownError(reason)
  const error = {
    ...functionError('Runtime.UnhandledPromiseRejection', `${errorType}: ${errorMessage}`),
    trace,
  }
  post({ type: 'failed', error, fatal: true })
  process.exit(1)
})

output.install()
const handler = await initialize().catch(fail)
port.on('message', (message: InvocationMessage) => void invoke(handler, message))
post({ type: 'ready' })

async function initialize(): Promise<Handler> {
  const { files, exportPath } = parseHandler(settings.codeFolder, settings.handler)
  for (const file of files) modules.add(file)
  const file = existingFile(files)
  stopKafkaIdleTimer(file)
  // Each environment compiles the same packages. Since 22.8; without a folder, in one for temporary files.
  module.enableCompileCache?.(compileCache)
  // A Node.js that removes no types yet leaves it to tsx.
  if (settings.typeScript !== 'node' || !process.features.typescript) await compileTypeScript(file)
  modules.follow(settings.codeFolder)
  catchOwnSignals((signal) =>
    fail(new HandlerError('Runtime.ExitError', `Runtime exited with error: signal: ${signal}`)),
  )
  defineAwsLambda()
  hideThread()
  return checked(await loadHandler(file, exportPath))
}

function checked(loaded: Handler): Handler {
  if (streams(loaded)) {
    throw new HandlerError(
      'Runtime.StreamingHandler',
      'a handler of awslambda.streamifyResponse cannot be invoked for Kafka events; use async (event, context) => ...',
    )
  }
  if (loaded.length > 2 && nodeVersion(settings.runtime) >= 24) {
    throw new HandlerError(
      'Runtime.CallbackHandlerDeprecated',
      'AWS Lambda has no callback-based function handlers from Node.js 24 on; use async (event, context) => ...',
    )
  }
  return loaded
}

async function invoke(run: Handler, { requestId, event, deadline }: InvocationMessage): Promise<void> {
  try {
    const input = typeof event === 'string' ? parse(event) : unpackEvent(event)
    const answer = await run(input, context(requestId, deadline))
    const answerText = stringify(answer) ?? 'null'
    if (isTooLong(answerText)) {
      throw new HandlerError(
        'Function.ResponseSizeTooLarge',
        `Response payload size exceeded maximum allowed payload size (${LONGEST_ANSWER_BYTES} bytes).`,
      )
    }
    // A rejection that nobody awaits shows itself now at the latest, and belongs to this invocation.
    await setImmediate()
    post({ type: 'answered', answerText })
  } catch (thrown) {
    post({ type: 'failed', error: thrownError(thrown), fatal: false })
  }
}

/** A character has three bytes of UTF-8 at most. */
const isTooLong = (text: string): boolean =>
  text.length * 3 > LONGEST_ANSWER_BYTES && Buffer.byteLength(text) > LONGEST_ANSWER_BYTES

/** See https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
const context = (awsRequestId: string, deadline = Date.now() + NO_LIMIT_MS) => ({
  awsRequestId,
  callbackWaitsForEmptyEventLoop: true,
  functionName: settings.functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: settings.functionArn,
  logGroupName: `/aws/lambda/${settings.functionName}`,
  logStreamName: 'local',
  memoryLimitInMB: String(settings.memorySizeMb),
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
})

function nodeVersion(runtime: string): number {
  return Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? 24)
}
