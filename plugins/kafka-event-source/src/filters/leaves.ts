import type { Placed } from './places.ts'

/** A value without fields and elements of its own. NaN stands for a number that Event Ruler cannot compare. */
export type Leaf = string | number | boolean | null

export type FoundLeaf = Placed & { readonly leaf: Leaf }

/** What a document has at the wanted names, by the name's number; undefined: nothing. */
export type FoundLeaves = readonly (readonly FoundLeaf[] | undefined)[]

/**
 * What to look for in an object: its fields by their names. A name of the pattern, such as "a.b", is reached by the
 * field "a.b" and by "b" in "a": Event Ruler does not tell one from the other.
 */
export type Wanted = {
  /** The number of the name that ends here. */
  number: number | undefined
  readonly fields: Map<string, Wanted>
}

/** @param names with dots between their steps; a name's number is its index */
export function wantedLeaves(names: readonly string[]): Wanted {
  const root: Wanted = { number: undefined, fields: new Map() }
  const reached = new Map<string, Wanted>()
  const emptyStep = names.some(hasEmptyStep)

  names.forEach((name, number) => {
    const steps = name.split('.')
    const nodes = [root]
    for (let end = 1; end <= steps.length; end += 1) {
      const path = steps.slice(0, end).join('.')
      const node = reached.get(path) ?? { number: undefined, fields: new Map() }
      reached.set(path, node)
      nodes.push(node)
      nodes.slice(0, end).forEach((from, start) => {
        const field = steps.slice(start, end).join('.')
        if (field !== '' || emptyStep) from.fields.set(field, node)
      })
    }
    const last = nodes.at(-1)
    if (last) last.number = number
  })
  return root
}

/** Event Ruler passes over a field without a name, unless a name of the pattern has an empty step before its last. */
const hasEmptyStep = (name: string): boolean =>
  `.${name}`.replace(/\.+$/, '').split('.').slice(1).includes('')
