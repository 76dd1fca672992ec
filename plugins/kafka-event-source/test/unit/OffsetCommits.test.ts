import { expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { OffsetCommits } from '../../src/kafka/OffsetCommits.ts'

/** Commits of one partition whose offset the test moves. */
function committing(paceMs: number, commit: (offset: number) => Promise<void> = async () => {}) {
  const state = { offset: 0 }
  const committed: { offset: number }[] = []
  const commits = new OffsetCommits({
    positions: () => [{ partition: 0, offset: state.offset }],
    paceMs,
    commit: async ([moved]) => {
      await commit(moved?.offset ?? -1)
      committed.push({ offset: moved?.offset ?? -1 })
    },
  })
  const moveTo = (offset: number) => {
    state.offset = offset
    commits.schedule()
  }
  return { commits, committed, moveTo }
}

/** Moves on at each turn of the event loop. */
async function moveFast(moveTo: (offset: number) => void): Promise<void> {
  for (let offset = 1; offset <= 200; offset += 1) {
    moveTo(offset)
    await new Promise(setImmediate)
  }
}

it('commits the first offset at once, and the newest one a pace later', async () => {
  const { committed, moveTo } = committing(20)
  await moveFast(moveTo)

  await waitFor(() => committed.at(-1)?.offset === 200, { what: 'the last offset' })
})

it('commits no more within a pace, unless it is told to', async () => {
  const { commits, committed, moveTo } = committing(3_600_000)
  await moveFast(moveTo)
  expect(committed).toHaveLength(1)

  expect(await commits.flush()).toBe(true)

  expect(committed.at(-1)?.offset).toBe(200)
  expect(committed).toHaveLength(2)
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

it('knows why a commit failed, until one succeeds', async () => {
  let failing = true
  const { commits, moveTo } = committing(0, async () => {
    if (failing) throw new Error('no coordinator')
  })

  moveTo(1)
  expect(await commits.flush()).toBe(false)
  expect(commits.failure).toEqual(new Error('no coordinator'))

  failing = false
  expect(await commits.flush()).toBe(true)
  expect(commits.failure).toBeUndefined()
  commits.stop()
})
