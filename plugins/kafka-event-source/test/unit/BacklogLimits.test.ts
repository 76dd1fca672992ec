import { expect, it } from '@jest/globals'
import { BacklogLimits } from '../../src/polling/BacklogLimits.ts'

const backlog = (length: number, waitingBytes = 0) => ({ length, waitingBytes })

it.each([
  ['records', backlog(15_000), backlog(9_999)],
  ['bytes', backlog(1, 8_388_608), backlog(1, 4_194_303)],
])('is full of %s, and has room again when there is less', (_what, full, roomy) => {
  const limits = new BacklogLimits(100, () => 0)

  expect([limits.isFull(full), limits.hasRoom(full)]).toEqual([true, false])
  expect([limits.isFull(roomy), limits.hasRoom(roomy)]).toEqual([false, true])
})

it('holds the largest batch out of one partition', () => {
  expect(new BacklogLimits(10_000, () => 0).isFull(backlog(10_000))).toBe(false)
})

it('is full of what all partitions hold together, apart from a little for each', () => {
  let bytes = 67_108_864
  const limits = new BacklogLimits(100, () => bytes)
  const [much, little] = [backlog(10, 1_048_576), backlog(10, 524_287)]
  expect([limits.isFull(much), limits.hasRoom(much)]).toEqual([true, false])
  expect([limits.isFull(little), limits.hasRoom(little)]).toEqual([false, true])

  bytes = 33_554_431
  expect([limits.isFull(much), limits.hasRoom(much)]).toEqual([false, true])
})
