import { writeSync } from 'node:fs'
import { setImmediate } from 'node:timers'

type WriteCallback = (error?: Error | null) => void

/** Of the shared memory: how many bytes wait, for which file descriptor, and the bytes. */
const LENGTH = 0
const DESCRIPTOR = 1
const HEADER_BYTES = 8
const CAPACITY_BYTES = 16_384
/** Lines that follow each other faster than this go out together. */
const TOGETHER_MS = 20

/**
 * What a worker thread prints, on its way out. The thread writes by itself: through the main thread it would be slow, and
 * lost when the thread ends. A few lines go out at once, and lie in memory that both threads see until then: whatever
 * ends the thread, the main thread still writes them.
 */
export class DirectOutput {
  readonly memory: SharedArrayBuffer
  readonly #header: Int32Array
  readonly #bytes: Buffer
  /** Of what waits: each hears when its bytes are out, and may rely on them whatever happens then. */
  #callbacks: WriteCallback[] = []
  #flushedAt = 0
  #scheduled = false

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + CAPACITY_BYTES)) {
    this.memory = memory
    this.#header = new Int32Array(memory, 0, 2)
    this.#bytes = Buffer.from(memory, HEADER_BYTES)
  }

  /** Has this thread's stdout and stderr print through it. */
  install(): void {
    process.stdout.write = this.#writer(1)
    process.stderr.write = this.#writer(2)
  }

  /** Writes what waits. */
  flush(): void {
    const length = this.#length
    if (length === 0) return
    writeWhole(this.#header[DESCRIPTOR] ?? 1, this.#bytes.subarray(0, length))
    Atomics.store(this.#header, LENGTH, 0)
    this.#flushedAt = performance.now()
    const callbacks = this.#callbacks
    this.#callbacks = []
    for (const written of callbacks) process.nextTick(written)
  }

  get #length(): number {
    return Atomics.load(this.#header, LENGTH)
  }

  #writer(descriptor: number): typeof process.stdout.write {
    return (
      chunk: string | Uint8Array,
      encodingOrCallback?: BufferEncoding | WriteCallback,
      callback?: WriteCallback,
    ): boolean => {
      const encoding = typeof encodingOrCallback === 'string' ? encodingOrCallback : 'utf8'
      this.#write(descriptor, chunk, encoding)
      const written = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback
      if (written === undefined) return true
      if (this.#length === 0) process.nextTick(written)
      else this.#callbacks.push(written)
      return true
    }
  }

  #write(descriptor: number, chunk: string | Uint8Array, encoding: BufferEncoding): void {
    // A character has three bytes of UTF-8 at most, and fewer of any other encoding.
    const most = typeof chunk === 'string' ? chunk.length * 3 : chunk.length
    if (this.#header[DESCRIPTOR] !== descriptor || this.#length + most > CAPACITY_BYTES) this.flush()
    if (most > CAPACITY_BYTES) {
      writeWhole(descriptor, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
      return
    }
    const start = this.#length
    this.#header[DESCRIPTOR] = descriptor
    let length = chunk.length
    if (typeof chunk === 'string') length = this.#bytes.write(chunk, start, encoding)
    else this.#bytes.set(chunk, start)
    Atomics.store(this.#header, LENGTH, start + length)

    if (performance.now() - this.#flushedAt > TOGETHER_MS) this.flush()
    else this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
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
      Atomics.wait(pause, 0, 0, 0.2)
    }
  }
}

/** The pipe is full: its reader needs a moment. */
const pause = new Int32Array(new SharedArrayBuffer(4))
