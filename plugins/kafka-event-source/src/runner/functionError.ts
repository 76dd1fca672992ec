import { isNativeError } from 'node:util/types'
import type { FunctionError } from '../polling/batchOutcome.ts'

const LONGEST_MESSAGE = 10_000
const LONGEST_TRACE = 100

/**
 * Whatever was thrown, as Lambda's Node.js runtime reports it: for an Error its name, for anything else its JavaScript
 * type. Never throws, whatever the value does when it is looked at.
 */
export function thrownError(thrown: unknown): FunctionError {
  if (!isError(thrown)) return functionError(typeof thrown, textOf(thrown))
  const name = property(thrown, 'name')
  const stack = property(thrown, 'stack')
  return {
    errorType: typeof name === 'string' ? name : 'Error',
    errorMessage: textOf(property(thrown, 'message')),
    trace: typeof stack === 'string' ? stack.split('\n', LONGEST_TRACE) : [],
  }
}

export const functionError = (errorType: string, errorMessage: string): FunctionError => ({
  errorType,
  errorMessage,
  trace: [],
})

/** Also what Node.js makes of an Error on its way from a worker thread, which only looks like one. */
function isError(thrown: unknown): thrown is Error {
  try {
    return isNativeError(thrown) || Object.prototype.toString.call(thrown) === '[object Error]'
  } catch {
    return false
  }
}

function textOf(value: unknown): string {
  const none = 'a value that has no text'
  try {
    const text: string | undefined = typeof value === 'object' ? JSON.stringify(value) : String(value)
    return (text ?? none).slice(0, LONGEST_MESSAGE)
  } catch {
    return none
  }
}

function property(error: Error, key: keyof Error): unknown {
  try {
    return error[key]
  } catch {
    return undefined
  }
}
