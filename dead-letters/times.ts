/** The most that ISO 8601 can say; Kafka's times may be any number of 64 bits. */
const LAST_TIME_MS = 8.64e15

/** ISO 8601; the nearest time that it can say. */
export const isoTime = (ms: number): string =>
  new Date(Math.max(-LAST_TIME_MS, Math.min(ms, LAST_TIME_MS))).toISOString()

/** The two largest units: `3d 4h`, `5m 10s`. */
export function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0s'
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ')
}
