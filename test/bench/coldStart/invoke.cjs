// node invoke.cjs <bundle> <event>: a cold start with its first invocation. The last line that it prints has the milliseconds of both.
// Nothing but the bundle is loaded: what else is would be missing in its time.
const [, , bundle, event] = process.argv

const begunAt = performance.now()
const { handler } = require(bundle)
const loadedAt = performance.now()

const context = {
  awsRequestId: 'request-1',
  functionName: 'test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test',
  getRemainingTimeInMillis: () => 120_000,
}
handler(JSON.parse(event), context).then((answer) => {
  const times = { importMs: loadedAt - begunAt, invocationMs: performance.now() - loadedAt }
  console.log(JSON.stringify({ ...times, answer }))
  process.exit()
})
