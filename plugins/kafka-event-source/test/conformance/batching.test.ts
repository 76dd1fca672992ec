import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { CLUSTER_ARN, ConformanceService, type FunctionUnderTest, failing, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html

const LONGEST_WINDOW = { maximumBatchingWindow: 300 }
const PROVISIONED = { provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 } }
const LARGE_MESSAGES = { 'max.message.bytes': '10000000' }
const RETRY_PAUSE_MS = 2_500

const service = new ConformanceService()
const hundred = service.function('hundred', { event: LONGEST_WINDOW })
const ten = service.function('ten', { event: { ...LONGEST_WINDOW, batchSize: 10 } })
const atOnce = service.function('atOnce', { event: { maximumBatchingWindow: 0 } })
const halfASecond = service.function('halfASecond')
const oneSecond = service.function('oneSecond', { event: { maximumBatchingWindow: 1 } })
const onDemand = service.function('onDemand', { event: { maximumBatchingWindow: 2 } })
const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
const meanwhile = service.function('meanwhile', {
  event: { maximumBatchingWindow: 1 },
  handler: (_event, { number }) => (number === 1 ? held : null),
})
const provisioned = service.function('provisioned', {
  partitions: 2,
  event: { maximumBatchingWindow: 1, ...PROVISIONED },
  handler: (_event, { number }) => {
    if (number === 1) failing()
  },
})
const justFits = service.function('justFits', {
  event: { maximumBatchingWindow: 1 },
  topicConfig: LARGE_MESSAGES,
})
const tooLarge = service.function('tooLarge', { event: LONGEST_WINDOW, topicConfig: LARGE_MESSAGES })
const { promise: heldBatch, resolve: letBatchGo } = Promise.withResolvers<void>()
const commits = service.function('commits', {
  event: { ...LONGEST_WINDOW, batchSize: 2 },
  handler: (_event, { number }) => (number === 2 ? heldBatch : null),
})
const threePartitions = service.function('threePartitions', {
  partitions: 3,
  event: { ...LONGEST_WINDOW, batchSize: 6 },
})

beforeAll(() =>
  service.start({
    custom: {
      kafkaEventSource: { retryPause: { firstMs: RETRY_PAUSE_MS, longestMs: RETRY_PAUSE_MS } },
    },
  }),
)
afterAll(() => service.stop())

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))
const begun = (fn: FunctionUnderTest, number: number) => fn.invocations[number - 1]?.startedAt ?? Number.NaN

/** One request, so that the record comes to all of them at the same time. */
async function produceTo(functions: readonly FunctionUnderTest[], value: string): Promise<void> {
  await service.cluster.producer.sendBatch({
    topicMessages: functions.map(({ topic }) => ({ topic, messages: [{ value }] })),
  })
}

it('gathers 100 records when the batch size is left out, and sends them at once', async () => {
  await hundred.produce(numbers(101))
  await hundred.committed({ 0: 100 })

  expect(hundred.sent).toEqual([numbers(100)])
})

it('sends a batch as soon as it is full, never more than its size, all in order', async () => {
  await ten.produce(numbers(25))
  await ten.invoked(2)
  await ten.produce(['25', '26', '27', '28', '29'])
  await ten.committed({ 0: 30 })

  expect(ten.sent.map(({ length }) => length)).toEqual([10, 10, 10])
  expect(ten.sent.flat()).toEqual(numbers(30))
})

it('sends what is there at once with a window of 0, after 500 ms when it is left out, and after whole seconds', async () => {
  const producedAt = Date.now()
  await produceTo([oneSecond, halfASecond, atOnce], 'first')
  await produceTo([oneSecond, halfASecond], 'second')
  await oneSecond.invoked(1)

  expect(oneSecond.sent).toEqual([['first', 'second']])
  expect(halfASecond.sent).toEqual([['first', 'second']])
  expect(begun(halfASecond, 1) - producedAt).toBeGreaterThanOrEqual(500)
  expect(begun(oneSecond, 1) - producedAt).toBeGreaterThanOrEqual(1_000)
  expect(begun(atOnce, 1)).toBeLessThan(begun(halfASecond, 1))
  expect(begun(halfASecond, 1)).toBeLessThan(begun(oneSecond, 1))
})

it('starts the window when the previous invocation is complete, not with the first record', async () => {
  await onDemand.produce(['a'])
  await onDemand.committed({ 0: 1 })
  const { endedAt } = onDemand.invocations[0] as { endedAt: number }
  await waitFor(() => Date.now() > endedAt + 1_000, { what: 'half of the window' })
  const producedAt = Date.now()
  await onDemand.produce(['b'])
  await onDemand.invoked(2)

  expect(begun(onDemand, 2) - endedAt).toBeGreaterThanOrEqual(2_000)
  expect(begun(onDemand, 2) - producedAt).toBeLessThan(2_000)
})

it('starts no window before the previous invocation is complete', async () => {
  await meanwhile.produce(['a'])
  await meanwhile.invoked(1)
  await meanwhile.produce(['b'])
  const producedAt = Date.now()
  await waitFor(() => Date.now() > producedAt + 500, { what: 'half of a window after the record' })
  letGo()
  await meanwhile.invoked(2)

  const { endedAt } = meanwhile.invocations[0] as { endedAt: number }
  expect(begun(meanwhile, 2) - endedAt).toBeGreaterThanOrEqual(1_000)
})

it('starts the window when the previous batch is complete in provisioned mode, not when one of its invocations is', async () => {
  await provisioned.produce(['a'], 0)
  await provisioned.reaches(() => provisioned.invocations[0]?.endedAt, 'the failed invocation is over')
  const { endedAt } = provisioned.invocations[0] as { endedAt: number }
  await waitFor(() => Date.now() > endedAt + 500, { what: 'half of a window after it' })
  const producedAt = Date.now()
  await provisioned.produce(['b'], 1)
  await provisioned.committed({ 0: 1, 1: 1 })

  expect(provisioned.sent.flat().toSorted()).toEqual(['a', 'a', 'b'])
  const withB = provisioned.sent.findIndex(([value]) => value === 'b') + 1
  expect(begun(provisioned, withB) - producedAt).toBeGreaterThanOrEqual(1_000)
})

const EVENT_LIMIT_BYTES = 6_291_456

/** Two records whose event, with envelope, keys and headers, has so many bytes of JSON. */
function pairOf(bytes: number, topic: string) {
  const pair = (valueBytes: number, nameLength: number) =>
    ['é', 'two'].map((key, offset) => ({
      key,
      value: Buffer.alloc(offset === 0 ? 2_000_000 : valueBytes),
      headers: { trace: Buffer.from([1, 255]), [`ä${'x'.repeat(offset * nameLength)}`]: Buffer.from('e') },
      timestamp: '1767225600000',
    }))
  const size = (messages: ReturnType<typeof pair>) =>
    Buffer.byteLength(
      JSON.stringify({
        eventSource: 'aws:kafka',
        eventSourceArn: CLUSTER_ARN,
        bootstrapServers: service.cluster.brokers.join(','),
        records: {
          [`${topic}-0`]: messages.map(({ key, value, headers, timestamp }, offset) => ({
            topic,
            partition: 0,
            offset,
            timestamp: Number(timestamp),
            timestampType: 'CREATE_TIME',
            key: Buffer.from(key).toString('base64'),
            value: value.toString('base64'),
            headers: Object.entries(headers).map(([name, value]) => ({
              [name]: [...new Int8Array(value)],
            })),
          })),
        },
      }),
    )
  // Base64 grows by 4 at a time; the name of a header takes up what is left.
  const left = bytes - size(pair(0, 0))
  const messages = pair(3 * Math.floor(left / 4), left % 4)
  expect(size(messages)).toBe(bytes)
  return messages
}

it('sends in one event what just fits into 6 MB of JSON, with envelope, keys and headers', async () => {
  await justFits.produce(pairOf(EVENT_LIMIT_BYTES, justFits.topic))
  await justFits.committed({ 0: 2 })

  expect(justFits.invocations).toHaveLength(1)
  expect(Buffer.byteLength(JSON.stringify(justFits.invocations[0]?.event))).toBe(EVENT_LIMIT_BYTES)
})

it('sends a batch at once when the next record would be a byte too much', async () => {
  await tooLarge.produce(pairOf(EVENT_LIMIT_BYTES + 1, tooLarge.topic))
  await tooLarge.committed({ 0: 1 })

  expect(tooLarge.invocations.map(({ event }) => values(event).length)).toEqual([1])
})

it('carries several partitions in one invocation, each in offset order', async () => {
  for (const partition of [0, 1, 2]) {
    await threePartitions.produce([`${partition}a`, `${partition}b`], partition)
  }
  await threePartitions.committed({ 0: 2, 1: 2, 2: 2 })

  expect(threePartitions.invocations).toHaveLength(1)
  const { topic } = threePartitions
  const lists = Object.entries(threePartitions.invocations[0]?.event.records ?? {}).map(
    ([name, list]) => [name, list.map(({ partition, offset }) => [partition, offset])] as const,
  )
  expect(new Map(lists)).toEqual(
    new Map(
      [0, 1, 2].map((partition) => [
        `${topic}-${partition}`,
        [
          [partition, 0],
          [partition, 1],
        ],
      ]),
    ),
  )
})

it('commits the offsets of a batch when it is done, not before', async () => {
  await commits.produce(['a', 'b', 'c', 'd'])
  await commits.invoked(2)
  await commits.committed({ 0: 2 })

  letBatchGo()
  await commits.committed({ 0: 4 })
})
