/** Where something is in arrays: in an element of one array, and where else. */
export type Place = {
  /** Each array of a document has a number of its own. */
  readonly array: number
  readonly index: number
  readonly outer: Place | undefined
}

/** Something found in a document; undefined: in no array. */
export type Placed = { readonly place: Place | undefined }

/** The place of two things together; apart: they are in different elements of one array. */
export function joined(one: Place | undefined, other: Place | undefined): Place | undefined | 'apart' {
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

/** Fewer are looked through faster than looked up. */
const FEW = 16

/** Things found in a document. With many, those of one array element are found without a look at the others. */
export class PlacedList<T extends Placed> {
  readonly #all: readonly T[]
  #byElement: Map<number, { count: number; readonly elements: Map<number, T[]> }> | undefined

  constructor(all: readonly T[]) {
    this.#all = all
  }

  /** All that can be joined with the place, and maybe others. */
  near(place: Place | undefined): readonly T[] {
    let fewest = this.#all
    if (fewest.length < FEW) return fewest
    this.#byElement ??= this.#grouped()
    for (let element = place; element !== undefined; element = element.outer) {
      const group = this.#byElement.get(element.array)
      if (group?.count !== this.#all.length) continue
      const near = group.elements.get(element.index) ?? []
      if (near.length < fewest.length) fewest = near
    }
    return fewest
  }

  #grouped() {
    const groups = new Map<number, { count: number; readonly elements: Map<number, T[]> }>()
    for (const one of this.#all) {
      for (let element = one.place; element !== undefined; element = element.outer) {
        const group = groups.get(element.array) ?? { count: 0, elements: new Map<number, T[]>() }
        groups.set(element.array, group)
        group.count += 1
        const near = group.elements.get(element.index)
        if (near) near.push(one)
        else group.elements.set(element.index, [one])
      }
    }
    return groups
  }
}
