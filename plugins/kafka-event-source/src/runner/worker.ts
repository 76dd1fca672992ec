import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { stopKafkaIdleTimer } from '../kafkaIdleTimer.ts'
import { printDirectly } from './directOutput.ts'
import { functionError, thrownError } from './functionError.ts'
import type { FunctionSettings } from './functionSettings.ts'
import { findHandler, type Handler, HandlerError, loadHandler } from './loadHandler.ts'
import type { InvocationMessage, WorkerMessage } from './messages.ts'

// The worker thread of one execution environment: loads the handler once, then runs one invocation after the other.

const settings = workerData as FunctionSettings
const NO_LIMIT_MS = 15 * 60 * 1_000

const post = (message: WorkerMessage): void => parentPort?.postMessage(message)

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

printDirectly()
const handler = await initialize().catch(fail)
parentPort?.on('message', (message: InvocationMessage) => void invoke(handler, message))
post({ type: 'ready' })

async function initialize(): Promise<Handler> {
  const { file, exportPath } = findHandler(settings.codeFolder, settings.handler)
  stopKafkaIdleTimer(file)
  const loaded = await loadHandler(file, exportPath)
  if (loaded.length > 2 && nodeVersion(settings.runtime) >= 24) {
    throw new HandlerError(
      'Runtime.CallbackHandlerDeprecated',
      'AWS Lambda has no callback-based function handlers from Node.js 24 on; use async (event, context) => ...',
    )
  }
  return loaded
}

async function invoke(run: Handler, { requestId, eventText, deadline }: InvocationMessage): Promise<void> {
  try {
    const answer = await run(JSON.parse(eventText), context(requestId, deadline))
    const answerText = JSON.stringify(answer) ?? 'null'
    // A rejection that nobody awaits shows itself now at the latest, and belongs to this invocation.
    await setImmediate()
    post({ type: 'answered', answerText })
  } catch (thrown) {
    post({ type: 'failed', error: thrownError(thrown), fatal: false })
  }
}

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
