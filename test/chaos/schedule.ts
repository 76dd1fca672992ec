import { seededRandom } from './random.ts'

/** What is done to the system while it works. */
export type Trouble = 'kill leader' | 'no quorum' | 'kill offline' | 'gateway hangs' | 'kill table'

export interface ScheduledTrouble {
  /** In milliseconds from the begin of the load. */
  atMs: number
  trouble: Trouble
}

/** How often each comes, and in what order those of one row come. */
const ROWS: Readonly<Record<'short' | 'full', readonly (readonly Trouble[])[]>> = {
  short: [['kill leader', 'no quorum'], ['kill offline', 'kill offline'], ['gateway hangs'], ['kill table']],
  full: [
    ['kill leader', 'no quorum', 'kill leader'],
    Array<Trouble>(5).fill('kill offline'),
    ['gateway hangs'],
    ['kill table'],
  ],
}

export interface ScheduleOptions {
  /** Of the load; all trouble begins within its first nine tenths. */
  durationMs: number
  short: boolean
  seed: string
}

/**
 * The rows of trouble, which go on side by side. Within a row each has its own part of the time and comes at a random moment
 * of its middle, so that there is time to recover.
 */
export function scheduleTrouble({ durationMs, short, seed }: ScheduleOptions): ScheduledTrouble[][] {
  const random = seededRandom(`${seed} schedule`)
  return ROWS[short ? 'short' : 'full'].map((row) => {
    const partMs = (durationMs * 0.9) / row.length
    return row.map((trouble, part) => ({ atMs: partMs * (part + random.between(0.1, 0.9)), trouble }))
  })
}
