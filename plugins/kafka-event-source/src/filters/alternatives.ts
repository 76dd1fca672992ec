import type { FoundLeaves, Leaf, Place } from './leaves.ts'

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

/**
 * Whether all conditions hold, in their order. All leaves that fit come from the same element of each array; for
 * `exists: false`, only the elements that the conditions before it were met in count.
 * @see https://github.com/aws/event-ruler#json-array-matching
 */
export function allFit(conditions: readonly NumberedCondition[], found: FoundLeaves): boolean {
  return fitFrom(0, undefined, conditions, found)
}

function fitFrom(
  at: number,
  place: Place | undefined,
  conditions: readonly NumberedCondition[],
  found: FoundLeaves,
): boolean {
  const condition = conditions[at]
  if (condition === undefined) return true
  const leaves = found[condition.number]

  const isAbsent = condition.absent && !leaves?.some((leaf) => joined(place, leaf.place) !== 'apart')
  if (isAbsent && fitFrom(at + 1, place, conditions, found)) return true
  if (leaves === undefined) return false

  let failed: Place | undefined | 'nowhere' = 'nowhere'
  for (const { leaf, place: itsPlace } of leaves) {
    if (!condition.fits(leaf)) continue
    const next = joined(place, itsPlace)
    if (next === 'apart' || next === failed) continue
    if (fitFrom(at + 1, next, conditions, found)) return true
    failed = next
  }
  return false
}

/** The place of two leaves together; apart: they are in different elements of one array. */
function joined(one: Place | undefined, other: Place | undefined): Place | undefined | 'apart' {
  if (one === undefined || one === other) return other
  let both: Place = one
  for (let element = other; element !== undefined; element = element.outer) {
    const index = indexIn(one, element.array)
    if (index === undefined) both = { array: element.array, index: element.index, outer: both }
    else if (index !== element.index) return 'apart'
  }
  return both
}

function indexIn(place: Place, array: number): number | undefined {
  for (let element: Place | undefined = place; element !== undefined; element = element.outer) {
    if (element.array === array) return element.index
  }
  return undefined
}
