import { isNativeError } from 'node:util/types'
import type { FunctionError } from '../batchOutcome.ts'

/** Whatever was thrown, as Lambda's Node.js runtime reports it: for an Error its name, for anything else its JavaScript type. */
export function thrownError(thrown: unknown): FunctionError {
  if (isNativeError(thrown)) {
    const { name, message, stack } = thrown
    return { errorType: name, errorMessage: String(message), trace: (stack ?? '').split('\n') }
  }
  return { errorType: typeof thrown, errorMessage: text(thrown), trace: [] }
}

export const functionError = (errorType: string, errorMessage: string): FunctionError => ({
  errorType,
  errorMessage,
  trace: [],
})

function text(thrown: unknown): string {
  try {
    return typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown)
  } catch {
    return 'a value that has no text'
  }
}
