import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readKafkaEvent } from '../../shared/batch/kafkaEvent.ts'
import { decodeOrder } from '../../shared/order.ts'

const folder = path.resolve(import.meta.dirname, '../../events')
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'))

/** How many records of a sample are orders, and how many can never be processed. */
const EXPECTED: Record<string, [orders: number, others: number]> = {
  '': [3, 0],
  'two-partitions': [3, 0],
  'bad-record': [2, 1],
  tombstone: [2, 1],
}

describe('the sample events', () => {
  it.each(files.filter((name) => name.startsWith('order')))('%s reads as it is named', (name) => {
    const [, topic, what = ''] = /^(\w+?)(?:\.([\w-]+))?\.json$/.exec(name) ?? []
    const status = topic === 'orders' ? 'pending' : 'paid'

    const { records, unreadable } = readKafkaEvent(read(name))

    const isOrder = ({ value }: (typeof records)[number]) => {
      try {
        return decodeOrder(value, status).order_id.startsWith(
          `sample-${topic === 'orders' ? 'order' : 'paid'}-`,
        )
      } catch {
        return false
      }
    }
    expect(unreadable).toEqual([])
    expect([records.filter(isOrder).length, records.filter((record) => !isOrder(record)).length]).toEqual(
      EXPECTED[what],
    )
    expect(new Set(records.map((record) => record.topic))).toEqual(new Set([topic]))
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(what === 'two-partitions' ? 2 : 1)
  })

  it.each(files.filter((name) => name.startsWith('http')))('%s is a request of an HTTP API', (name) => {
    expect(read(name)).toMatchObject({ version: '2.0', routeKey: 'POST /orders', body: expect.any(String) })
  })

  it('are there for each function', () => {
    expect(files).toEqual(expect.arrayContaining(['http.json', 'orders.json', 'order_status.json']))
  })
})
