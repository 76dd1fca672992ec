import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Tells one content of a file from another; `undefined`: there is no such file. */
export function contentHash(file: string): string | undefined {
  try {
    return createHash('sha1').update(readFileSync(file)).digest('base64')
  } catch {
    return undefined
  }
}
