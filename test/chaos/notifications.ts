import { closeSync, openSync, readSync } from 'node:fs'

/** A line that told a customer that the order is paid, and when it was seen, in epoch milliseconds. */
export interface Notification {
  customer: string
  orderId: string
  seenAt: number
}

const LINE = /^Notification sent to (.*): Your order #(\S+) is now paid$/

/** Undefined for any other line. */
export function readNotification(line: string, seenAt: number): Notification | undefined {
  const [, customer, orderId] = LINE.exec(line) ?? []
  return customer === undefined || orderId === undefined ? undefined : { customer, orderId, seenAt }
}

const CHUNK = Buffer.alloc(1024 * 1024)

/** The lines that are added to a file, each time that it is asked. */
export class GrowingFile {
  readonly #file: string
  #position = 0
  #rest = Buffer.alloc(0)

  constructor(file: string) {
    this.#file = file
  }

  newLines(): string[] {
    const descriptor = openSync(this.#file, 'a+')
    let text = this.#rest
    try {
      for (;;) {
        const length = readSync(descriptor, CHUNK, 0, CHUNK.length, this.#position)
        if (length === 0) break
        this.#position += length
        text = Buffer.concat([text, CHUNK.subarray(0, length)])
      }
    } finally {
      closeSync(descriptor)
    }
    const end = text.lastIndexOf(0x0a) + 1
    this.#rest = Buffer.from(text.subarray(end))
    return end === 0 ? [] : text.toString('utf8', 0, end - 1).split('\n')
  }
}
