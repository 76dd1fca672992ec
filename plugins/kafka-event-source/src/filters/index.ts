import { isUtf8 } from 'node:buffer'
import { jsonFilter } from './jsonFilter.ts'
import { FILTERED_KEY, type FilterPattern, readPatterns } from './patterns.ts'

export { FilterPatternError, filterProblems } from './patterns.ts'

/**
 * Compiles filter patterns to the question whether a record, given by its value, is delivered. One pattern is enough.
 * A pattern that the format of the value does not fit (text against a pattern for JSON, JSON against one for text, bytes
 * that are not UTF-8, a tombstone) has nothing to filter on: the record is delivered.
 * @throws {FilterPatternError} for patterns with `filterProblems`, unless there are none
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html
 */
export function recordFilter(
  patterns: readonly Readonly<Record<string, unknown>>[],
): (value: Buffer | null) => boolean {
  if (patterns.length === 0) return () => true

  const read = readPatterns(patterns)
  const forText = alternativesOf(read, 'text')
  const forJson = alternativesOf(read, 'json')
  const fitsJson = jsonFilter(forJson)
  const fitsText = (text: string) => forText.some((alternative) => alternative.get(FILTERED_KEY)?.fits(text))

  return (value) => {
    if (value === null || !isUtf8(value)) return true
    const text = value.toString()
    const fits = fitsJson(text)
    if (fits === undefined) return forJson.length > 0 || fitsText(text)
    return forText.length > 0 || fits
  }
}

const alternativesOf = (patterns: readonly FilterPattern[], wanted: FilterPattern['format']) =>
  patterns.filter(({ format }) => format === wanted).flatMap(({ alternatives }) => alternatives)
