/**
 * What `load` imports from `packageName`.
 * @throws {Error} it is not installed
 */
export async function installed<T>(packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause
    throw new Error(`${packageName} is not installed: npm install --save-dev ${packageName}`, { cause })
  }
}
