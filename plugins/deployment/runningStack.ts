import type { Output } from '@aws-sdk/client-cloudformation'

/** The parameters that a stack was deployed with, as its output `Remembered` has them. */
export type Remembered = Readonly<Record<string, unknown>>

/** What a running stack was deployed with; nothing for one that says nothing of it, as before its first deployment. */
export function rememberedBy(outputs: readonly Output[]): Remembered {
  const text = outputs.find(({ OutputKey }) => OutputKey === 'Remembered')?.OutputValue
  return text === undefined ? {} : JSON.parse(text)
}

/**
 * The changes that nobody has asked for, each by its parameter; empty when all may happen.
 * @param change names, with commas, of parameters that may change
 */
export function unaskedChanges(running: Remembered, next: Remembered, change: string): string[] {
  const asked = change.split(',').map((name) => name.trim())
  return Object.entries(running)
    .filter(([name, value]) => next[name] !== value && !asked.includes(name))
    .map(([name, value]) => `${name}: ${told(value)} in the running stack, would become ${told(next[name])}`)
}

const told = (value: unknown) => (value === '' || value === undefined ? 'not set' : String(value))
