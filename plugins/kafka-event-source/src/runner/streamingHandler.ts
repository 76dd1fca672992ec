/** With this key Lambda's runtime, too, marks a handler that `awslambda.streamifyResponse` was given. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')

/**
 * Gives the function's code the global `awslambda`, so that a file with a handler that streams can be imported.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */
export function defineAwsLambda(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: object) => Object.assign(handler, { [STREAMING]: 'response' }),
    },
  })
}

export const streams = (handler: object): boolean => STREAMING in handler
