import { createHash } from 'node:crypto'

/** Random numbers that come again in the same order for the same seed. */
export interface Random {
  /** From `from` up to `to`, without `to`. */
  between(from: number, to: number): number
  /** The same, whole. */
  integer(from: number, to: number): number
  chance(probability: number): boolean
  oneOf<T>(list: readonly [T, ...T[]]): T
}

/** @param seed any text; other texts give rows that have nothing to do with this one */
export function seededRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE()
  // mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + next() * (to - from)
  const integer = (from: number, to: number) => Math.floor(between(from, to))
  return {
    between,
    integer,
    chance: (probability) => next() < probability,
    oneOf: (list) => list[integer(0, list.length)] ?? list[0],
  }
}
