import { onOneLine } from './text.ts'

/** What goes with a message, for instance `order_id` and `correlation-id`. Never a whole payload. */
export type LogFields = Record<string, string | number | boolean | undefined>

export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface LoggerOptions {
  /** Name of the function, in every line. */
  function: string
  /** `json`: one object a line, as CloudWatch reads it; `text`: a line for people. */
  format: 'json' | 'text'
  write?: (line: string) => void
}

/**
 * Logs one line a message. In Lambda, lines that are JSON already are taken over as they are
 * (docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
 */
export function createLogger({ function: name, format, write = writeLine }: LoggerOptions): Logger {
  const lineOf = format === 'json' ? jsonLine : textLine
  const log =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      write(lineOf(level, name, message, fields))
  return { info: log('INFO'), warn: log('WARN'), error: log('ERROR') }
}

function jsonLine(level: string, name: string, message: string, fields: LogFields): string {
  return JSON.stringify({ timestamp: timestamp(), level, function: name, message, ...fields })
}

let written = { at: Number.NaN, text: '' }

/** Now, as ISO 8601. Written once a millisecond: it takes longer than the rest of a line. */
function timestamp(): string {
  const at = Date.now()
  if (at !== written.at) written = { at, text: new Date(at).toISOString() }
  return written.text
}

function textLine(level: string, name: string, message: string, fields: LogFields): string {
  const pairs = Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : `${field}=${readable(value)}`,
  )
  return [level.padEnd(5), `${name}:`, onOneLine(message), ...pairs].join(' ')
}

/** A value that could be taken for more than one field is quoted; in quotes, quotes and backslashes have a backslash. */
function readable(value: string | number | boolean): string {
  const text = onOneLine(String(value))
  if (!/[\s="]/.test(text)) return text
  return `"${onOneLine(String(value).replace(/["\\]/g, '\\$&'))}"`
}

/** One write a line, so that lines of several writers do not mix. */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Lines that come together, as those of a batch do, can be written at once: a write takes longer than to make a line. */
export interface LineWriter {
  write(line: string): void
  /** Writes the lines of `work` in one piece when it ends, also when it throws. */
  together(work: () => void): void
}

/** @param write gets one line, or several with line feeds between them */
export function createLineWriter(write: (lines: string) => void = writeLine): LineWriter {
  let waiting: string[] | undefined
  return {
    write(line) {
      if (waiting) waiting.push(line)
      else write(line)
    },
    together(work) {
      const lines: string[] = []
      waiting = lines
      try {
        work()
      } finally {
        waiting = undefined
        if (lines.length > 0) write(lines.join('\n'))
      }
    },
  }
}
