import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, failing } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html

const AT_ONCE = { maximumBatchingWindow: 0 }

const service = new ConformanceService()
const one = service.function('one', { event: AT_ONCE, topics: ['shared'] })
const other = service.function('other', { event: AT_ONCE, topics: ['shared'] })
const fails = service.function('fails', { event: AT_ONCE, topics: ['shared'], handler: failing })
const several = service.function('several', { event: AT_ONCE, topics: ['first', 'second'] })
const disabled = service.function('disabled', { event: { ...AT_ONCE, enabled: false }, topics: ['shared'] })
const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
const inFlight = service.function('inFlight', {
  event: { ...AT_ONCE, batchSize: 2 },
  handler: () => held,
})

beforeAll(() => service.start())
afterAll(() => service.stop())

it('gives each function on a topic every record, whatever the others do with it', async () => {
  await one.produce(['a', 'b'])
  await one.committed({ 0: 2 })
  await other.committed({ 0: 2 })
  await fails.invoked(2)

  expect([one.sent.flat(), other.sent.flat()]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ])
  expect((await service.cluster.committed(fails.groupId(), fails.topic))[0] ?? 0).toBe(0)
})

it('gives a function the records of each of its topics, an invocation those of one', async () => {
  const [first, second] = several.topics as [string, string]
  await several.produce(['1a', '1b'], 0, first)
  await several.produce(['2a'], 0, second)
  await several.committed({ 0: 2 }, first)
  await several.committed({ 0: 1 }, second)

  expect(several.invocations.map(({ event }) => Object.keys(event.records)).sort()).toEqual(
    [[`${first}-0`], [`${second}-0`]].sort(),
  )
  expect(several.sent.flat().sort()).toEqual(['1a', '1b', '2a'])
})

it('does not start a mapping that is not enabled, and says so', async () => {
  await one.produce(['c'])
  await one.reaches(() => one.sent.flat().includes('c'), 'the record')

  expect(disabled.invocations).toEqual([])
  const { groups } = await service.cluster.admin.describeGroups([disabled.groupId()])
  expect(groups[0]?.members).toEqual([])
  expect(service.lines(disabled).join()).toContain(`its mapping of topic ${disabled.topic} is not enabled`)
})

// The last: it ends what the others use.
it('finishes the batch in flight at a stop, commits it, and begins no other', async () => {
  await inFlight.produce(['a', 'b', 'c'])
  await inFlight.invoked(1)
  const ended = service.interrupt()
  await inFlight.reaches(() => service.output.includes('Finishing what runs before the end'), 'waits')
  letGo()

  expect(await ended).toBe(0)
  expect(inFlight.sent).toEqual([['a', 'b']])
  expect(await service.cluster.committed(inFlight.groupId(), inFlight.topic)).toEqual({ 0: 2 })
})
