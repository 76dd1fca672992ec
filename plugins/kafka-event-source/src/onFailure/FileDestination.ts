import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import type { FailedBatch, OnFailureDestination } from './failedBatch.ts'

type FileDestinationOptions = {
  readonly file: string
  /** The JSON text of a batch's document. */
  readonly document: (failed: FailedBatch, at: Date) => string
  /** Told once, before the first document. */
  readonly announce: (file: string) => void
}

/** A file in place of a service: each document is a line of it. Several processes may append to one file. */
export class FileDestination implements OnFailureDestination {
  readonly label: string
  readonly #options: FileDestinationOptions
  #announced = false
  #previous = Promise.resolve()
  /** Whether the file ends with a whole line, as far as this process knows. */
  #whole = false

  constructor(options: FileDestinationOptions) {
    this.label = `file ${relative('', options.file)}`
    this.#options = options
  }

  /** One after the other, so that each sees whether the one before was written whole. */
  send(failed: FailedBatch): Promise<void> {
    const sent = this.#previous.then(() => this.#append(failed))
    this.#previous = sent.catch(() => {})
    return sent
  }

  async close(): Promise<void> {
    await this.#previous
  }

  async #append(failed: FailedBatch): Promise<void> {
    const { file, document, announce } = this.#options
    if (!this.#announced) announce(relative('', file))
    this.#announced = true

    const line = `${document(failed, new Date())}\n`
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(file, 'a+')
    try {
      const start = this.#whole || (await endsWithWholeLine(handle)) ? '' : '\n'
      this.#whole = false
      const bytes = Buffer.from(start + line)
      // One write: the system keeps the writes of several processes apart, not the parts of one that is cut up.
      const { bytesWritten } = await handle.write(bytes)
      if (bytesWritten < bytes.length)
        throw new Error(`${this.label}: only a part could be written; is the disk full?`)
      this.#whole = true
    } finally {
      await handle.close()
    }
  }
}

/** A process that was killed while it wrote leaves a part of a line, which must not swallow the next. */
async function endsWithWholeLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return true
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() === '\n'
}
