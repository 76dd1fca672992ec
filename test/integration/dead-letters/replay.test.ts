import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { withConnections } from '../../../dead-letters/connections.ts'
import { list } from '../../../dead-letters/list.ts'
import { type ReplayOptions, replay } from '../../../dead-letters/replay.ts'
import type { Replays } from '../../../dead-letters/replays.ts'
import { show } from '../../../dead-letters/show.ts'
import { openReplays } from '../../../dead-letters/table.ts'
import type { KafkaRecord } from '../../../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { deadLetterOf, sampleRecord } from '../../helpers/deadLetters.ts'
import { createOutcomesTable, startTestDynamoDb, type TestDynamoDb } from '../../helpers/dynamoDb.ts'
import { type RawTopics, rawTopics } from '../../helpers/rawTopics.ts'
import { uniqueName } from '../../helpers/topics.ts'

let topics: RawTopics
let dynamoDb: TestDynamoDb
let table: Replays

beforeAll(async () => {
  topics = await rawTopics(process.env.KAFKA_BROKERS as string)
  dynamoDb = await startTestDynamoDb()
  await createOutcomesTable(dynamoDb.endpoint, 'outcomes')
  table = await openReplays({ DYNAMODB_ENDPOINT: dynamoDb.endpoint, OUTCOMES_TABLE: 'outcomes' })
})

afterAll(async () => {
  await topics?.close()
  await dynamoDb?.remove()
})

const MIB = 1_048_576

/** Topics of one test, its table, and the commands on them. */
async function newPipeline({ partitions = 3 } = {}) {
  const orders = uniqueName('orders')
  const letters = uniqueName('dead')
  await topics.createTopic(orders, partitions)
  await topics.createTopic(letters, 3, { 'max.message.bytes': String(8 * MIB) })
  const replays = {
    of: (...args: Parameters<Replays['of']>) => table.of(...args),
    remember: (...args: Parameters<Replays['remember']>) => table.remember(...args),
  }
  const printed: string[] = []
  const print = (text: string) => printed.push(...text.split('\n'))
  const output = { out: print, err: print }
  const use = <T>(task: Parameters<typeof withConnections<T>>[3]) =>
    withConnections(topics.kafka, letters, async () => replays, task)
  return {
    ...{ orders, letters, replays, printed },
    record: (record: Partial<KafkaRecord> = {}) => sampleRecord({ topic: orders, ...record }),
    replay: (options: Partial<ReplayOptions> = {}) =>
      use((connections) =>
        replay({ which: {}, again: false, dryRun: false, ...options }, connections, output),
      ),
    list: (options: { condition?: string; json?: boolean } = {}) =>
      use((connections) => list({ json: false, ...options }, connections, output)),
    show: (id: { partition: number; offset: number }) => use((connections) => show(id, connections, output)),
  }
}

/** What of a record must be as it was. */
const content = ({ partition, key, value, headers }: KafkaRecord) => ({ partition, key, value, headers })
const from = (letters: string, id: string) => ['replayed-from', Buffer.from(`${letters}/${id}`)]

describe('a replay', () => {
  it('writes the records as they were: bytes, key, headers, partition and order', async () => {
    const { orders, letters, record, replay } = await newPipeline()
    const originals = [
      record({ partition: 2, offset: 11, key: null, value: randomBytes(300) }),
      record({
        partition: 2,
        offset: 4,
        key: Buffer.alloc(0),
        headers: [
          ['b', Buffer.from([255, 0])],
          ['1', Buffer.from('one')],
          ['b', Buffer.alloc(0)],
          ['__proto__', Buffer.from('x')],
          ['replayed-from', Buffer.from('dead_letters/0/1')],
        ],
      }),
      record({ partition: 0, offset: 9, value: null }),
    ]
    await topics.write(letters, [
      { partition: 1, value: deadLetterOf(originals[0] as KafkaRecord) },
      { partition: 0, value: deadLetterOf(originals[1] as KafkaRecord) },
      { partition: 2, value: deadLetterOf(originals[2] as KafkaRecord) },
    ])
    const before = Date.now()

    expect(await replay()).toBe(true)

    const replayed = await topics.read(orders)
    const [first, second, third] = originals as [KafkaRecord, KafkaRecord, KafkaRecord]
    expect(replayed.map(content)).toEqual([
      { ...content(third), headers: [from(letters, '2/0')] },
      { ...content(second), headers: [...second.headers, from(letters, '0/0')] },
      { ...content(first), headers: [from(letters, '1/0')] },
    ])
    for (const { timestamp } of replayed) expect(timestamp).toBeGreaterThanOrEqual(before)
  })

  it('of all leaves out what was replayed; by id that is refused, unless it is wanted again', async () => {
    const { orders, letters, record, replay, printed } = await newPipeline()
    await topics.write(letters, [{ value: deadLetterOf(record()) }, { value: deadLetterOf(record()) }])
    const id = { partition: 0, offset: 0 }

    expect(await replay({ which: { ids: [id] } })).toBe(true)
    expect(await replay()).toBe(true)
    expect(printed).toContain('1 to replay, 1 replayed before')
    expect(await replay()).toBe(true)
    expect(await topics.read(orders)).toHaveLength(2)

    expect(await replay({ which: { ids: [id] } })).toBe(false)
    expect(printed.at(-2)).toMatch(/^not replayed {2}0\/0: it was replayed 20.*Z; with --again/)
    expect(await topics.read(orders)).toHaveLength(2)

    expect(await replay({ which: { ids: [id] }, again: true })).toBe(true)
    expect(await topics.read(orders)).toHaveLength(3)
  })

  it('of a condition leaves the others', async () => {
    const { orders, letters, record, replay } = await newPipeline()
    await topics.write(letters, [
      { value: deadLetterOf(record({ key: Buffer.from('a') }), { condition: 'Declined' }) },
      { value: deadLetterOf(record({ key: Buffer.from('b') }), { condition: 'RetriesExhausted' }) },
      { value: Buffer.from('garbage') },
    ])

    expect(await replay({ which: { condition: 'RetriesExhausted' } })).toBe(true)

    expect((await topics.read(orders)).map(({ key }) => key?.toString())).toEqual(['b'])
  })

  it('as a dry run says what it would do, and writes and remembers nothing', async () => {
    const { orders, letters, record, replay, replays, printed } = await newPipeline()
    const written = await topics.write(letters, [
      { value: deadLetterOf(record({ partition: 1, offset: 3 })) },
    ])

    expect(await replay({ dryRun: true })).toBe(true)

    expect(printed).toContain(`would be replayed  0/0  ${orders} 1/3 -> partition 1`)
    expect(await topics.read(orders)).toEqual([])
    expect(await replays.of(written.map((place) => ({ place, timestamp: place.timestamp })))).toEqual(
      new Map(),
    )
  })

  it('takes the record from its topic when the document came without it', async () => {
    const { orders, letters, replay } = await newPipeline()
    const headers: KafkaRecord['headers'] = [['a', null]]
    const [source] = await topics.write(orders, [{ partition: 1, value: randomBytes(50_000), headers }])
    await topics.write(letters, [{ value: deadLetterOf(source as KafkaRecord, { bare: true }) }])

    expect(await replay()).toBe(true)

    const [, again] = await topics.read(orders)
    expect(content(again as KafkaRecord)).toEqual({
      ...content(source as KafkaRecord),
      headers: [...headers, from(letters, '0/0')],
    })
  })

  it('says of each record that is not there any more, or is another one by now, and replays the others', async () => {
    const { orders, letters, record, replay, printed } = await newPipeline()
    const sources = await topics.write(orders, [
      { value: Buffer.from('gone') },
      { value: Buffer.from('new') },
    ])
    const [gone, other] = sources as [KafkaRecord, KafkaRecord]
    await topics.removeBefore(orders, 0, 1)
    await topics.write(letters, [
      { value: deadLetterOf(gone, { bare: true }) },
      { value: deadLetterOf({ ...other, timestamp: other.timestamp - 1 }, { bare: true }) },
      { value: deadLetterOf(record({ topic: 'no-such-topic' })) },
      { value: deadLetterOf(record({ topic: 'no-such-topic' }), { bare: true }) },
      { value: deadLetterOf(record({ offset: 99 })) },
    ])

    expect(await replay()).toBe(false)

    expect(printed).toContain(
      `not replayed  0/0: its document came without the record, and ${orders}, partition 0, offset 0, where it was, has it no more`,
    )
    expect(printed.join('\n')).toMatch(/not replayed {2}0\/1: .*is another one by now/)
    expect(printed).toContain('not replayed  0/2: there is no topic no-such-topic')
    expect(printed.join('\n')).toMatch(/not replayed {2}0\/3: .*no-such-topic.*has it no more/)
    expect(printed.at(-1)).toBe('1 replayed, 4 not replayed.')
    expect((await topics.read(orders)).at(-1)?.headers).toEqual([from(letters, '0/4')])
  })

  it('goes by the key when the partition is there no more', async () => {
    const { orders, letters, record, replay } = await newPipeline({ partitions: 2 })
    await topics.write(letters, [{ value: deadLetterOf(record({ partition: 7, key: Buffer.from('o-1') })) }])
    const producer = topics.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic: orders, messages: [{ key: 'o-1', value: 'first' }] })
    await producer.disconnect()

    expect(await replay()).toBe(true)

    const [first, again] = await topics.read(orders)
    expect(again?.partition).toBe(first?.partition)
  })

  it('says of a record that the topic refuses for its size, and replays those around it', async () => {
    const { orders, letters, record, replay, printed } = await newPipeline()
    const large = randomBytes(2 * MIB)
    await topics.write(letters, [{ value: deadLetterOf(record({ offset: 1 })) }])
    await topics.write(letters, [{ value: deadLetterOf(record({ offset: 2, value: large })) }])
    await topics.write(letters, [{ value: deadLetterOf(record({ offset: 3 })) }])

    expect(await replay()).toBe(false)

    expect(printed).toContain(`not replayed  0/1: it is larger than ${orders} takes (max.message.bytes)`)
    expect((await topics.read(orders)).map(({ headers }) => headers)).toEqual([
      [from(letters, '0/0')],
      [from(letters, '0/2')],
    ])
  })

  it('compresses a record that fits into its topic no other way', async () => {
    const { orders, letters, record, replay } = await newPipeline()
    const value = Buffer.alloc(2 * MIB, 'a')
    await topics.write(letters, [{ value: deadLetterOf(record({ value })) }])

    expect(await replay()).toBe(true)

    expect((await topics.read(orders))[0]?.value?.equals(value)).toBe(true)
  })

  it('leaves a record that was written and could not be remembered to be replayed again, and stops', async () => {
    const { orders, letters, record, replay, replays, printed } = await newPipeline()
    await topics.write(letters, [
      { value: deadLetterOf(record({ partition: 0 })) },
      { value: deadLetterOf(record({ partition: 1 })) },
    ])
    const remember = replays.remember
    replays.remember = async () => {
      throw new Error('the table is away')
    }

    await expect(replay()).rejects.toThrow('the table is away')

    expect(printed).toContain(
      '0/0: this is not remembered, so that --all would replay it again. the table is away',
    )
    expect(printed.at(-1)).toBe('1 replayed, 1 not tried.')
    expect(await topics.read(orders)).toHaveLength(1)

    replays.remember = remember
    expect(await replay()).toBe(true)
    expect((await topics.read(orders)).map(({ partition }) => partition)).toEqual([0, 0, 1])
  })

  it('names ids under which nothing lies, and replays the others', async () => {
    const { orders, letters, record, replay, printed } = await newPipeline()
    await topics.write(letters, [{ value: deadLetterOf(record()) }, { value: Buffer.from('garbage') }])
    const ids = [
      { partition: 0, offset: 7 },
      { partition: 9, offset: 0 },
      { partition: 2, offset: 0 },
      { partition: 0, offset: 1 },
      { partition: 0, offset: 0 },
      { partition: 0, offset: 0 },
    ]

    expect(await replay({ which: { ids } })).toBe(false)

    expect(printed).toEqual(
      expect.arrayContaining([
        'not replayed  0/7: there is none; partition 0 has 0/0 to 0/1',
        'not replayed  9/0: there is none; the topic has the partitions 0 to 2',
        'not replayed  2/0: there is none in partition 2',
        'not replayed  0/1: it is no document of a failed record: it is not JSON',
      ]),
    )
    expect(await topics.read(orders)).toHaveLength(1)
  })

  it('keeps the order of thousands of records, over more than one portion', async () => {
    const { orders, letters, record, replay } = await newPipeline()
    const offsets = Array.from({ length: 1_200 }, (_, offset) => offset)
    await topics.write(
      letters,
      offsets.map((offset) => ({
        partition: offset % 3,
        value: deadLetterOf(record({ offset, value: Buffer.from(String(offset)) })),
      })),
    )

    expect(await replay()).toBe(true)

    expect((await topics.read(orders)).map(({ value }) => Number(value))).toEqual(offsets)
  })
})

describe('the list', () => {
  it('has dead letters of 8 MiB in several partitions and of any compression, and what is none', async () => {
    const { letters, record, list, printed } = await newPipeline()
    const large = deadLetterOf(record({ value: randomBytes(5.9 * MIB) }))
    expect(large.length).toBeGreaterThan(7.8 * MIB)
    for (const partition of [0, 1, 2]) await topics.write(letters, [{ partition, value: large }])
    const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes
    for (const compression of [GZIP, Snappy, LZ4, ZSTD]) {
      await topics.write(letters, [{ partition: 1, value: deadLetterOf(record()) }], compression)
    }
    await topics.write(letters, [
      { partition: 2, value: null },
      { partition: 2, value: Buffer.from('<a/>') },
    ])

    await list()

    expect(printed.map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['ID', 'CONDITION', 'REASON'],
      ['0/0', 'InvalidRecord', '-'],
      ...[0, 1, 2, 3, 4].map((offset) => [`1/${offset}`, 'InvalidRecord', '-']),
      ['2/0', 'InvalidRecord', '-'],
      ['2/1', 'unreadable', 'it has no value'],
      ['2/2', 'unreadable', 'it is not JSON'],
      [''],
      [expect.stringMatching(/^InvalidRecord: a replay will come back/)],
      ['9 dead letters, 2 unreadable.'],
    ])
  })

  it('says which were replayed, also as JSON, and shows nothing of what the records hold', async () => {
    const { letters, record, list, replay, printed } = await newPipeline()
    const value = Buffer.from('{"order_id":"o-7","customer":"Ada Lovelace"}')
    await topics.write(letters, [
      { value: deadLetterOf(record({ value }), { condition: 'Declined', reason: 'no cover' }) },
    ])
    await replay()
    printed.length = 0

    await list()
    await list({ json: true })
    await list({ condition: 'Conflict' })

    const [, row] = printed
    expect(row).toMatch(/^0\/0 +Declined +no cover .* o-7 +20\d\d-.*Z$/)
    expect(JSON.parse(printed.at(-2) as string)).toMatchObject({
      ...{ id: '0/0', condition: 'Declined', reason: 'no cover', orderId: 'o-7' },
      replayedAt: expect.stringMatching(/Z$/),
    })
    expect(printed.at(-1)).toBe('0 dead letters.')
    expect(printed.join()).not.toContain('Lovelace')
  })

  it('of a topic that was made anew does not take its records for those before', async () => {
    const { letters, record, list, replay, printed } = await newPipeline()
    await topics.write(letters, [{ value: deadLetterOf(record()) }])
    await replay()
    await topics.deleteTopic(letters)
    await topics.createTopic(letters, 3)
    await topics.write(letters, [{ value: deadLetterOf(record()) }])
    printed.length = 0

    await list()

    expect(printed.at(-1)).toBe('1 dead letter.')
  })
})

it('shows a dead letter with its record, and what a replay would do', async () => {
  const { orders, letters, record, show, printed } = await newPipeline()
  await topics.write(letters, [
    {
      value: deadLetterOf(
        record({
          value: Buffer.from('{"order_id":"o-7","customer":"Ada"}'),
          headers: [['id', Buffer.from('\u001b[2J')]],
        }),
        { condition: 'Declined', reason: 'no cover' },
      ),
    },
    { value: deadLetterOf(record({ key: null, value: Buffer.from([1, 255]), partition: 1 })) },
    { value: Buffer.from('not\u001b[2J a document') },
    { value: deadLetterOf(record({ offset: 5 }), { bare: true }) },
  ])

  await show({ partition: 0, offset: 0 })
  const text = printed.splice(0).join('\n')
  expect(text).toContain('"reason": "no cover"')
  expect(text).toContain(`Record ${orders}, partition 0, offset 7, of 2023-11-14T22:13:20.000Z`)
  expect(text).toContain('  key      "o-1"')
  expect(text).toContain('  header   id: "\\u001b[2J"')
  expect(text).toContain('"customer": "Ada"')
  expect(text).toContain(
    `With replay 0/0, the record is written to ${orders}, partition 0, with one more header, replayed-from: ${letters}/0/0.`,
  )
  expect(text).toContain('Declined: a replay stays declined')
  expect(text).not.toContain('payload"')

  await show({ partition: 0, offset: 1 })
  expect(printed.splice(0).join('\n')).toMatch(
    /key {6}none[\s\S]*value {4}2 bytes that are no text, in base64: Af8=/,
  )
  await show({ partition: 0, offset: 2 })
  expect(printed.splice(0).join('\n')).toMatch(
    /no document of a failed record: it is not JSON[\s\S]*not\\u001b\[2J a document/,
  )
  await show({ partition: 0, offset: 3 })
  expect(printed.splice(0).join('\n')).toMatch(
    /None: its document came without the record, and .* has it no more\./,
  )
  await expect(show({ partition: 0, offset: 4 })).rejects.toThrow(
    '0/4: there is none; partition 0 has 0/0 to 0/3',
  )
})
