import type { Deadline } from '../deadline.ts'
import { ConflictError, DeclinedError, InProgressError, reasonOf } from '../errors.ts'
import { waitOut } from '../waitOut.ts'
import type { Outcome, OutcomesTable } from './outcomesTable.ts'
import type { Subject } from './subject.ts'

/** Who works, and until when. */
export interface Attempt {
  /** Names this invocation's work on this record. */
  owner: string
  /** Until then an outcome is held that the table does not take. */
  deadline: Deadline
  /** Hears what is waited for. */
  tell(reason: string): void
}

/** A claim that is not renewed is over after so many milliseconds: what a crash leaves is soon taken up again. */
const CLAIM_MS = 2_000
const RENEWAL_MS = 700
/** The longest pause between attempts to record an outcome: shorter than a claim, so that nobody takes over in between. */
const RECORD_PAUSE_MS = 500

/**
 * Does the work of a subject, unless its outcome is recorded: a claim before it, so that no two do it at once, and the
 * outcome after it. The claim of one that crashed is taken over, and the work done again, since nobody knows whether it was
 * done: it must be harmless then, by an idempotency key of its own.
 * @returns whether it was done now; otherwise it was done before
 * @throws ConflictError when it was begun with another content
 * @throws DeclinedError when it was refused, now or before
 * @throws InProgressError when another one has it in hand
 * @throws OutcomesUnavailableError when the table does not answer; the work may be done
 */
export async function once(
  table: OutcomesTable,
  subject: Subject,
  { owner, deadline, tell }: Attempt,
  work: () => Promise<void>,
): Promise<boolean> {
  const claim = await claimInTime(table, subject, owner)
  if (claim.inTheWay !== undefined) {
    const { content, state, reason } = claim.inTheWay
    if (content !== subject.content) {
      throw new ConflictError(`${subject.id} was asked for before, with another customer or amount`)
    }
    if (state === subject.states.done) return false
    if (state === subject.states.refused) throw new DeclinedError(reason ?? 'refused before')
    throw new InProgressError(`${subject.id} is in progress elsewhere`)
  }

  const stopRenewing = keepClaim(table, subject, owner, claim.lastsMs)
  try {
    const refusal = await refusalOf(work)
    const record = () => (refusal ? table.recordRefused(subject, refusal.message) : table.recordDone(subject))
    // Waited for, since to forget what is done would mean to ask for it again.
    await waitOut(record, deadline, {
      tell: (trouble) => tell(reasonOf(trouble)),
      longestPauseMs: RECORD_PAUSE_MS,
    })
    if (refusal) throw refusal
    return true
  } finally {
    stopRenewing()
  }
}

/**
 * Renews a claim until it is told to stop, one renewal at a time: more would be in the way of the outcomes of a slow table. One that
 * fails is no reason to give up the work, whose outcome counts in any case.
 */
function keepClaim(table: OutcomesTable, subject: Subject, owner: string, lastsMs: number): () => void {
  let renewing = false
  const renew = async () => {
    if (renewing) return
    renewing = true
    await table.claim(subject, { owner, until: Date.now() + lastsMs }).catch(() => undefined)
    renewing = false
  }
  const renewals = setInterval(renew, RENEWAL_MS).unref()
  return () => clearInterval(renewals)
}

/** A claim of which at least a half is left: a table that is slow gets one that lasts longer. */
async function claimInTime(
  table: OutcomesTable,
  subject: Subject,
  owner: string,
): Promise<{ inTheWay: Outcome | undefined; lastsMs: number }> {
  for (let lastsMs = CLAIM_MS; ; ) {
    const begun = Date.now()
    const inTheWay = await table.claim(subject, { owner, until: begun + lastsMs })
    const tookMs = Date.now() - begun
    if (inTheWay !== undefined || tookMs <= lastsMs / 2) return { inTheWay, lastsMs }
    lastsMs = CLAIM_MS + 2 * tookMs
  }
}

async function refusalOf(work: () => Promise<void>): Promise<DeclinedError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof DeclinedError) return error
    throw error
  }
}
