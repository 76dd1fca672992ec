import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { onOneLine } from '../shared/text.ts'
import { adviceOn } from './conditions.ts'
import { idOf } from './place.ts'
import { isoTime } from './times.ts'

/** All that is known of a dead letter. */
export interface Shown {
  /** The record on the topic of dead letters. */
  letter: KafkaRecord
  condition?: string
  /** Why it is no document of a failed record. */
  unreadable?: string
  /** The failed record, where it is to be had. */
  record?: KafkaRecord
  /** What a replay would do. */
  replay: string
}

/** The document without the record, the record decoded, and what a replay would do; for people. */
export function showText({ letter, condition, unreadable, record, replay }: Shown): string {
  const advice = condition === undefined ? undefined : adviceOn(condition)
  return [
    `Dead letter ${idOf(letter)}, written ${isoTime(letter.timestamp)}`,
    ...(unreadable === undefined
      ? ['', 'Document', ...documentLines(letter.value)]
      : ['', `It is no document of a failed record: ${unreadable}.`, ...valueLines(letter)]),
    ...(record === undefined ? [] : ['', ...recordLines(record)]),
    '',
    'Replay',
    `  ${replay}`,
    ...(advice === undefined ? [] : [`  ${condition}: ${advice}.`]),
  ].join('\n')
}

function documentLines(value: Buffer | null): string[] {
  const { payload: _, ...document } = JSON.parse(value?.toString('utf8') ?? '{}')
  return indented(JSON.stringify(document, null, 2))
}

const recordLines = (record: KafkaRecord): string[] => [
  `Record ${record.topic}, partition ${record.partition}, offset ${record.offset}, of ${isoTime(record.timestamp)}`,
  `  key      ${record.key === null ? 'none' : bytesText(record.key)}`,
  ...record.headers.map(
    ([name, value]) => `  header   ${onOneLine(name)}: ${value === null ? 'none' : bytesText(value)}`,
  ),
  ...valueLines(record),
]

/** JSON with its fields on lines of their own, other text as it is. */
function valueLines({ value }: KafkaRecord): string[] {
  if (value === null) return ['  value    none (a tombstone)']
  const text = utf8Text(value)
  if (text === undefined) return [`  value    ${bytesText(value)}`]
  return [`  value    ${value.length} bytes`, ...indented(prettyJson(text)).map((line) => `  ${line}`)]
}

function prettyJson(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    // Numbers that JavaScript would round are shown as they were written.
    return JSON.stringify(parsed) === text ? JSON.stringify(parsed, null, 2) : text
  } catch {
    return text
  }
}

const indented = (text: string): string[] => text.split('\n').map((line) => `  ${onOneLine(line)}`)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8Text(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

const bytesText = (bytes: Buffer): string => {
  const text = utf8Text(bytes)
  return text === undefined
    ? `${bytes.length} bytes that are no text, in base64: ${bytes.toString('base64')}`
    : onOneLine(JSON.stringify(text))
}
