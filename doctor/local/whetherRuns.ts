import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'

/** Maven takes half a second, on a busy machine some. */
const LONGEST_MS = 20_000

/** The first line that the program prints; undefined when it does not run. */
export async function whetherRuns(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { env, timeout: LONGEST_MS })
    // Maven prints its name in bold, to a pipe too.
    return stripVTControlCharacters(stdout).split('\n')[0]?.trim() || program
  } catch {
    return undefined
  }
}
