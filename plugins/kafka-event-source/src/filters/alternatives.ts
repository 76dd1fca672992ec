import type { FoundLeaf, FoundLeaves, Leaf } from './leaves.ts'
import { joined, type Place, PlacedList } from './places.ts'

/** What a pattern's list says of a field. */
export type FieldCondition = {
  /** It has `exists: false`, which a field that is not there fits. */
  readonly absent: boolean
  readonly fits: (leaf: Leaf) => boolean
}

/** Conditions that must all hold, by the dotted names of their fields. A pattern with `$or` has several alternatives. */
export type Alternative = ReadonlyMap<string, FieldCondition>

/** A condition on the leaves that have its number. */
export type NumberedCondition = FieldCondition & { readonly number: number }

/** What a document has for a condition. */
type Candidates = {
  /** For `exists: false`: all leaves of the field. */
  readonly unwanted: PlacedList<FoundLeaf> | undefined
  readonly fitting: PlacedList<FoundLeaf>
}

const NONE: readonly FoundLeaf[] = []

/**
 * Whether all conditions hold, taken in their order. Leaves of one array must come from the same element of it; for
 * `exists: false`, only leaves count that could come with those of the conditions before it.
 * @see https://github.com/aws/event-ruler#json-array-matching
 */
export function allFit(conditions: readonly NumberedCondition[], found: FoundLeaves): boolean {
  const candidates: Candidates[] = []
  for (const { number, absent, fits } of conditions) {
    const leaves = found[number] ?? NONE
    const fitting = leaves.filter(({ leaf }) => fits(leaf))
    if (fitting.length === 0 && !absent) return false
    candidates.push({
      unwanted: absent ? new PlacedList(leaves) : undefined,
      fitting: new PlacedList(fitting),
    })
  }
  return fitFrom(0, undefined, candidates)
}

function fitFrom(at: number, place: Place | undefined, candidates: readonly Candidates[]): boolean {
  const candidate = candidates[at]
  if (candidate === undefined) return true
  const { unwanted, fitting } = candidate

  const isAbsent = unwanted?.near(place).every((leaf) => joined(place, leaf.place) === 'apart') ?? false
  if (isAbsent && fitFrom(at + 1, place, candidates)) return true

  let failed: Place | undefined | 'nowhere' = 'nowhere'
  for (const leaf of fitting.near(place)) {
    const next = joined(place, leaf.place)
    if (next === 'apart' || next === failed) continue
    if (fitFrom(at + 1, next, candidates)) return true
    failed = next
  }
  return false
}
