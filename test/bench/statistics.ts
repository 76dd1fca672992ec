export function median(values: readonly number[]): number {
  return (percentile(values, 0.5, 'lower') + percentile(values, 0.5, 'upper')) / 2
}

/** The value that a share of the values (0 to 1) is at most, by nearest rank. NaN of none. */
export function percentile(
  values: readonly number[],
  share: number,
  rank: 'lower' | 'upper' = 'lower',
): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * sorted.length
  const index = rank === 'lower' ? Math.ceil(at) - 1 : Math.floor(at)
  return sorted[Math.min(Math.max(index, 0), sorted.length - 1)] ?? Number.NaN
}

/** Round by round; for rounds that were measured in turn. */
export const ratios = (of: readonly number[], to: readonly number[]): number[] =>
  of.map((value, round) => value / (to[round] ?? Number.NaN))
