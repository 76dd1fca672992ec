/** A terminal's Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_WITHIN_MS = 250

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type StopSignal = (typeof SIGNALS)[number]

export interface StopHandlers {
  /** Stop in order. */
  first(signal: StopSignal): void
  /** Whoever asks again wants it to end at once. */
  again(): void
}

/** Tells a repeated wish to stop from one that was delivered twice. `now` is in milliseconds. */
export function stopSignalReader(handlers: StopHandlers, now: () => number = () => performance.now()) {
  let firstAt: number | undefined
  return (signal: StopSignal): void => {
    if (firstAt === undefined) {
      firstAt = now()
      handlers.first(signal)
    } else if (now() - firstAt > SAME_SIGNAL_WITHIN_MS) {
      handlers.again()
    }
  }
}

/** Calls the handlers for SIGINT, SIGTERM and SIGHUP from now on. */
export function onStopSignals(handlers: StopHandlers): void {
  const read = stopSignalReader(handlers)
  for (const signal of SIGNALS) process.on(signal, read)
}
