import type { OutcomesTable } from '../../../shared/outcomes/outcomesTable.ts'

/** In the place of outcomesTable.ts: all is claimed and recorded at once, and nothing is kept. */
export const openOutcomesTable = (): OutcomesTable => ({
  claim: async () => undefined,
  recordDone: async () => {},
  recordRefused: async () => {},
})
