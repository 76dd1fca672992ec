import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** One Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 250
/** For whoever else ends the process, and does it better. */
const GRACE_MS = 300

/**
 * From now on a further SIGINT or SIGTERM ends the process at once: first `abandon`, then, should nobody else, exit.
 * To be called when the first one has begun the stop.
 */
export function endAtSecondSignal(abandon: () => void): void {
  const from = Date.now() + SAME_SIGNAL_MS
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (Date.now() < from) return
      abandon()
      setTimeout(() => process.exit(128 + constants.signals[signal]), GRACE_MS).unref()
    })
  }
}
