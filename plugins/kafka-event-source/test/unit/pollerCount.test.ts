import { expect, it } from '@jest/globals'
import { pollerCount } from '../../src/polling/pollerCount.ts'

const pollers = { minimum: 2, maximum: 4 }

it.each([
  ['is one in on-demand mode, whatever the backlog', undefined, { assigned: 50, backlogged: 50 }, 1],
  ['is the minimum without a backlog', pollers, { assigned: 50, backlogged: 0 }, 2],
  [
    'grows with the partitions that have a backlog, five for each poller',
    pollers,
    { assigned: 50, backlogged: 11 },
    3,
  ],
  ['is at most the maximum', pollers, { assigned: 50, backlogged: 50 }, 4],
  ['is never more than the partitions', pollers, { assigned: 1, backlogged: 1 }, 1],
  ['is one when the group has left nothing', pollers, { assigned: 0, backlogged: 0 }, 1],
])('%s', (_rule, settings, partitions, count) => {
  expect(pollerCount(settings, partitions)).toBe(count)
})
