import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** One Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 250
/** For whoever else ends the process, and does it better. */
const GRACE_MS = 300

type StopHandlers = {
  /** Stop in order. The process does not end by itself any more: that is for the caller to do. */
  first(): void
  /** Whoever asks again wants it to end at once; it does so shortly after. */
  again(): void
}

/** Takes SIGINT and SIGTERM from now on, until the function that it returns is called. */
export function onStopSignals({ first, again }: StopHandlers): () => void {
  let firstAt: number | undefined
  const received = (signal: (typeof SIGNALS)[number]) => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      first()
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
      again()
      setTimeout(() => process.exit(128 + constants.signals[signal]), GRACE_MS).unref()
    }
  }
  for (const signal of SIGNALS) process.on(signal, received)
  return () => {
    for (const signal of SIGNALS) process.off(signal, received)
  }
}
