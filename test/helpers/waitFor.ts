import { setTimeout as pause } from 'node:timers/promises'

export interface WaitForOptions {
  timeoutMs?: number
  /** What is waited for, for the message: "the order is paid". */
  what: string
}

/**
 * Looks again and again until the condition gives something truthy, and returns that. A condition that throws counts
 * as not yet met; its last error is told at the deadline.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, what }: WaitForOptions,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  let failure: unknown
  do {
    try {
      failure = undefined
      const value = await condition()
      if (value) return value
    } catch (error) {
      failure = error
    }
    await pause(20)
  } while (Date.now() < deadline)
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: failure })
}
