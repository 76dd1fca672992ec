import { writeSync } from 'node:fs'

type WriteCallback = (error?: Error | null) => void

/**
 * Makes a worker thread print by itself. Its streams go through the main thread otherwise, which is slow, and lines that
 * are still on the way are lost when the thread ends.
 */
export function printDirectly(): void {
  process.stdout.write = writer(1)
  process.stderr.write = writer(2)
}

function writer(fileDescriptor: number): typeof process.stdout.write {
  return (
    chunk: string | Uint8Array,
    encodingOrCallback?: BufferEncoding | WriteCallback,
    callback?: WriteCallback,
  ): boolean => {
    const encoding = typeof encodingOrCallback === 'string' ? encodingOrCallback : 'utf8'
    writeWhole(fileDescriptor, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    const written = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback
    if (written !== undefined) process.nextTick(written)
    return true
  }
}

function writeWhole(fileDescriptor: number, bytes: Uint8Array): void {
  let start = 0
  while (start < bytes.length) {
    try {
      start += writeSync(fileDescriptor, bytes, start)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Nobody reads any more (`… | head`): printing is not what a function fails by.
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

/** The pipe is full: its reader needs a moment. */
const pause = new Int32Array(new SharedArrayBuffer(4))
