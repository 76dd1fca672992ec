import { readFileSync } from 'node:fs'

/** A hundred ticks a second, whatever the machine. */
const TICK_MS = 10

/** Milliseconds of CPU that a process has taken so far; undefined where the system does not tell. */
export function cpuOf(pid: number): number | undefined {
  try {
    // After the name, which may contain anything: the third field and so on.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return undefined
  }
}
