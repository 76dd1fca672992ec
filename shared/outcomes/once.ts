import type { Deadline } from '../deadline.ts'
import { ConflictError, DeclinedError, InProgressError } from '../errors.ts'
import { waitOut } from '../waitOut.ts'
import type { Outcome, OutcomesTable } from './outcomesTable.ts'
import type { Subject } from './subject.ts'

/** Who works, and until when. */
export interface Attempt {
  /** Names this invocation's work on this record. */
  owner: string
  /** Until then an outcome is held that the table does not take. */
  deadline: Deadline
}

/** A claim that is not renewed is over after so many milliseconds: what a crash leaves is soon taken up again. */
const CLAIM_MS = 2_000
const RENEWAL_MS = 700

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
  { owner, deadline }: Attempt,
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

  // A renewal that fails is no reason to give up the work: its outcome counts in any case.
  const renew = () =>
    void table.claim(subject, { owner, until: Date.now() + claim.lastsMs }).catch(() => undefined)
  const renewals = setInterval(renew, RENEWAL_MS).unref()
  try {
    const refusal = await refusalOf(work)
    // Waited for, since to forget what is done would mean to ask for it again.
    if (refusal) await waitOut(() => table.recordRefused(subject, refusal.message), deadline)
    else await waitOut(() => table.recordDone(subject), deadline)
    if (refusal) throw refusal
    return true
  } finally {
    clearInterval(renewals)
  }
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
