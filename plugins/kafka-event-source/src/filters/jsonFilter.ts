import { type Alternative, allFit, type NumberedCondition } from './alternatives.ts'
import { JsonReader } from './JsonReader.ts'
import { wantedLeaves } from './leaves.ts'
import { FILTERED_KEY } from './patterns.ts'

/** Before each name of a condition on JSON. */
const ROOT = `${FILTERED_KEY}.`

/**
 * Compiles alternatives, whose names begin with `value.`, to the question whether JSON text fits one of them; undefined
 * for text that is not JSON. The text is read once for all of them.
 */
export function jsonFilter(alternatives: readonly Alternative[]): (text: string) => boolean | undefined {
  const names = [...new Set(alternatives.flatMap((alternative) => [...alternative.keys()]))]
  const reader = new JsonReader(wantedLeaves(names.map((name) => name.slice(ROOT.length))))
  const compiled = alternatives.map((alternative) => inOrder(alternative, names))

  return (text) => {
    const found = reader.read(text)
    return found && compiled.some((conditions) => allFit(conditions, found))
  }
}

/** Event Ruler's order, by name. */
const inOrder = (alternative: Alternative, names: readonly string[]): NumberedCondition[] =>
  [...alternative]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { absent, fits }]) => ({ number: names.indexOf(name), absent, fits }))
