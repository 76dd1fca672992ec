import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from '@jest/globals'
import { mappingErrorRows } from '../../../doctor/mappingErrors.ts'

const guide = readFileSync(path.resolve(import.meta.dirname, '../../../docs/deploy.md'), 'utf8')

it.each(mappingErrorRows())('docs/deploy.md has the row %s', (row) => {
  expect(guide.split('\n').map(oneSpaced)).toContain(oneSpaced(row))
})

/** A table may be padded to columns. */
function oneSpaced(row: string): string {
  return row.replace(/\s+/g, ' ').trim()
}
