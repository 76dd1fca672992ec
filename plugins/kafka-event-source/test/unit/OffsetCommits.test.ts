import { expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { OffsetCommits } from '../../src/kafka/OffsetCommits.ts'

/** Commits of one partition whose offset the test moves. */
function committing(paceMs: number, commit: (offset: number) => Promise<void> = async () => {}) {
  const state = { offset: 0 }
  const committed: { offset: number; at: number }[] = []
  const commits = new OffsetCommits({
    positions: () => [{ partition: 0, offset: state.offset }],
    paceMs,
    commit: async ([moved]) => {
      await commit(moved?.offset ?? -1)
      committed.push({ offset: moved?.offset ?? -1, at: performance.now() })
    },
  })
  const moveTo = (offset: number) => {
    state.offset = offset
    commits.schedule()
  }
  return { commits, committed, moveTo }
}

it('commits the newest offset, a few times only while it moves fast', async () => {
  const { committed, moveTo } = committing(20)
  for (let offset = 1; offset <= 200; offset += 1) {
    moveTo(offset)
    await new Promise(setImmediate)
  }
  await waitFor(() => committed.at(-1)?.offset === 200, { what: 'the last offset' })

  expect(committed.length).toBeLessThan(100)
  for (const [index, { at }] of committed.slice(1).entries()) {
    expect(at - (committed[index]?.at ?? 0)).toBeGreaterThan(19)
  }
})

it('commits at once when it is told to, also what moved meanwhile', async () => {
  const { commits, committed, moveTo } = committing(3_600_000)
  moveTo(1)
  await waitFor(() => committed.length === 1, { what: 'the first commit' })
  moveTo(2)

  expect(await commits.flush()).toBe(true)

  expect(committed.map(({ offset }) => offset)).toEqual([1, 2])
})

it('tries again what could not be committed, with the newest offset', async () => {
  let refused = 0
  const { commits, committed, moveTo } = committing(20, async () => {
    refused += 1
    if (refused === 1) throw new Error('rebalancing')
  })
  moveTo(1)
  await waitFor(() => refused === 1, { what: 'the refusal' })
  expect(committed).toEqual([])
  moveTo(2)

  await waitFor(() => committed.length > 0, { what: 'the next attempt' })
  expect(committed[0]?.offset).toBe(2)
  commits.stop()
})
