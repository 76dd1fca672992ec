const DOWNLOADED = /Downloaded from .*?: \S+ \(([\d.]+) (B|kB|MB)/
const BYTES = { B: 1, kB: 1e3, MB: 1e6 }
const BETWEEN_LINES_MS = 2000

/** Makes a few readable lines of what Maven says about each single file. */
export class MavenProgress {
  readonly #log: (line: string) => void
  readonly #now: () => number
  #files = 0
  #bytes = 0
  #lastLineAt: number

  constructor(log: (line: string) => void, now: () => number = Date.now) {
    this.#log = log
    this.#now = now
    this.#lastLineAt = now()
  }

  read(line: string): void {
    const match = DOWNLOADED.exec(line)
    if (!match) return
    this.#files += 1
    this.#bytes += Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]
    if (this.#now() - this.#lastLineAt < BETWEEN_LINES_MS) return
    this.#lastLineAt = this.#now()
    this.#log(`  ${(this.#bytes / 1e6).toFixed(1)} MB so far, files: ${this.#files}`)
  }
}
