import type { Logger } from './logger.ts'

/** Milliseconds after which the same is said again. */
const AGAIN_AFTER_MS = 60_000

/**
 * Says what is being waited for: each reason when it comes up, and once a minute while it lasts. A wait may take minutes, and
 * without a line it looks as if nothing were done.
 */
export function troubleLog({ warn }: Pick<Logger, 'warn'>): (reason: string) => void {
  let told: { reason: string; at: number } | undefined
  return (reason) => {
    if (told?.reason === reason && Date.now() - told.at < AGAIN_AFTER_MS) return
    told = { reason, at: Date.now() }
    warn('waiting for trouble to pass', { reason })
  }
}
