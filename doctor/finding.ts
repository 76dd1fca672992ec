/** `unknown`: it could not be looked at, so it may be well or not. */
export type State = 'ok' | 'warning' | 'broken' | 'unknown'

/** What was found of one thing that the project needs. */
export interface Finding {
  state: State
  /** What was looked at: `Java`, `mapping payment`. */
  subject: string
  message: string
  /** What to do, for everything that is not ok. */
  cure?: string
}

export const ok = (subject: string, message: string): Finding => ({ state: 'ok', subject, message })

const troubled =
  (state: State) =>
  (subject: string, message: string, cure: string): Finding => ({ state, subject, message, cure })

export const warning = troubled('warning')
export const broken = troubled('broken')
export const unknown = troubled('unknown')

/** 1 when something is broken; what could not be looked at is no reason to fail. */
export const exitCodeOf = (findings: readonly Finding[]): 0 | 1 =>
  findings.some(({ state }) => state === 'broken') ? 1 : 0
