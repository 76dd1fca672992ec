import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs'
import { startTestBroker, type TestBroker } from '../helpers/broker.ts'
import { startTestDynamoDb, type TestDynamoDb } from '../helpers/dynamoDb.ts'
import { anOrder } from '../helpers/orders.ts'
import { copyProject, type Offline, type ProjectCopy, startOffline } from '../helpers/project.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

/** Records that can never be processed, through the whole system, as large as they come. */
describe('records that can never be processed', () => {
  let broker: TestBroker
  let dynamoDb: TestDynamoDb
  let kafka: TestKafka
  let producer: Producer
  let project: ProjectCopy
  let offline: Offline

  beforeAll(async () => {
    ;[broker, dynamoDb] = await Promise.all([startTestBroker(), startTestDynamoDb()])
    kafka = testKafka(broker.brokers)
    project = copyProject()
    offline = await startOffline({
      folder: project.folder,
      env: {
        KAFKA_BROKERS: broker.brokers,
        DYNAMODB_ENDPOINT: dynamoDb.endpoint,
        PAYMENT_MAX_DELAY_MS: '0',
      },
    })
    producer = new Kafka({
      clientId: 'test',
      brokers: [broker.brokers],
      logLevel: logLevel.NOTHING,
    }).producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
  }, 180_000)

  afterAll(async () => {
    await producer?.disconnect()
    await offline?.stop()
    await kafka?.close()
    await dynamoDb?.remove()
    await broker?.remove()
    project?.remove()
  })

  const notified = (id: string) => offline.lines.some((line) => line.endsWith(`#${id} is now paid`))
  const headersOf = (bytes: number) => ({ first: randomBytes(bytes / 2), second: randomBytes(bytes / 2) })

  it.each([
    ['orders', 'pending'],
    ['order_status', 'paid'],
  ])(
    'on %s lie whole in dead_letters, and the good ones between them pass',
    async (topic, status) => {
      const good = Array.from({ length: 5 }, () => anOrder(uniqueName('good'), { status }))
      const tag = uniqueName('bad')
      const bad: Message[] = [
        { key: `${tag}-0`, value: randomBytes(900_000) },
        { key: `${tag}-1`, value: 'not json', headers: headersOf(300_000) },
        { key: `${tag}-2`, value: null },
        { key: `${tag}-3`, value: '{}', headers: headersOf(900_000) },
      ]
      for (const [index, order] of good.entries()) {
        const messages = [{ value: JSON.stringify(order) }, ...bad.slice(index, index + 1)]
        for (const message of messages) {
          await producer.send({ topic, acks: -1, messages: [{ ...message, partition: 0 }] })
        }
      }

      await waitFor(() => good.every(({ order_id }) => notified(order_id)), {
        what: 'the good ones are notified',
        timeoutMs: 60_000,
      })
      const letters = await waitFor(
        async () => {
          const found = (await kafka.read('dead_letters')).filter(({ key }) => key?.startsWith(tag))
          return found.length === bad.length ? found : undefined
        },
        { what: 'all dead letters', timeoutMs: 30_000 },
      )
      for (const [index, { value, headers = {} }] of bad.entries()) {
        const [letter, ...more] = letters.filter(({ key }) => key === `${tag}-${index}`)
        const { requestContext, KafkaBatchInfo, payload } = JSON.parse(String(letter?.value))
        const [record] = payload.records[`${topic}-0`]
        expect(more).toEqual([])
        expect(requestContext).toMatchObject({ condition: 'InvalidRecord', approximateInvokeCount: 1 })
        expect(KafkaBatchInfo.recordInfo.offset).toBe(String(record.offset))
        expect(
          record.value === null ? null : Buffer.from(record.value, 'base64').equals(asBytes(value)),
        ).toBe(value === null ? null : true)
        expect(
          record.headers.map((header: Record<string, number[]>) =>
            Object.entries(header).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
          ),
        ).toEqual(
          Object.entries(headers).map(([name, bytes]) => [
            [name, asBytes(bytes as Buffer).toString('base64')],
          ]),
        )
      }
      expect(offline.lines.filter((line) => line.includes('to be sent again'))).toEqual([])
    },
    120_000,
  )
})

const asBytes = (value: string | Buffer | null): Buffer => Buffer.from(value ?? '')
