import type { Log } from '../../src/serverless/serverless.ts'

export const silentLog: Log = { notice() {}, warning() {}, error() {}, info() {} }

/** A log that keeps what a user would see. */
export class KeptLog implements Log {
  readonly lines: string[] = []
  notice = (text: string): void => void this.lines.push(text)
  warning = (text: string): void => void this.lines.push(text)
  error = (text: string): void => void this.lines.push(text)
  info(): void {}
}
