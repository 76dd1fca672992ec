/** Serves invocations of one handler over IPC, as an execution environment of Lambda does: one after the other. */
import type { Context } from 'aws-lambda'

type Handler = (event: unknown, context: Context) => Promise<unknown>

const [, , modulePath] = process.argv
const { handler } = (await import(String(modulePath))) as { handler: Handler }

process.on('message', async ({ event, timeoutMs, requestId }: Invocation) => {
  const end = Date.now() + timeoutMs
  const context = {
    awsRequestId: requestId,
    functionName: 'test',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test',
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
  } as Context
  try {
    process.send?.({ answer: await handler(event, context) })
  } catch (error) {
    process.send?.({ failure: String(error) })
  }
})
process.send?.('ready')

export interface Invocation {
  event: unknown
  timeoutMs: number
  requestId: string
}
