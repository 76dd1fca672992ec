import { statfsSync } from 'node:fs'

const MEMORY_FOLDER = '/dev/shm'
const LEAST_BYTES = 2 ** 31

/**
 * Has temporary folders made in memory where there is enough of it (Linux). What is killed loses nothing there, and a store that
 * waits for a disk with each write is what would limit the rate.
 */
export function keepDataInMemory(): void {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER)
    if (bavail * bsize >= LEAST_BYTES) process.env.TMPDIR = MEMORY_FOLDER
  } catch {
    // There is none.
  }
}
