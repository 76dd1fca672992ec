import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { produceEach } from '../../../../shared/batch/produceEach.ts'
import { KafkaUnavailableError, RecordRefusedError } from '../../../../shared/errors.ts'
import type { OutgoingRecord } from '../../../../shared/kafka/producer.ts'

const record = (name: string, bytes = 10): OutgoingRecord => ({
  topic: 'order_status',
  key: name,
  value: 'x'.repeat(bytes),
  headers: {},
})
const names = (records: readonly OutgoingRecord[]) => records.map(({ key }) => key)

describe('the results of an invocation', () => {
  it('go out in one call', async () => {
    const calls: unknown[][] = []

    const errors = await produceEach([record('a'), record('b'), record('c')], async (records) => {
      calls.push(names(records))
    })

    expect(calls).toEqual([['a', 'b', 'c']])
    expect(errors).toEqual([undefined, undefined, undefined])
  })

  it('need no call when there are none', async () => {
    expect(await produceEach([], () => Promise.reject(new Error('called')))).toEqual([])
  })

  it('go out in several calls, in order, when they are more than brokers take at once', async () => {
    const calls: unknown[][] = []

    await produceEach(
      [record('a', 600_000), record('b', 300_000), record('c', 300_000), record('d', 2_000_000), record('e')],
      async (records) => {
        calls.push(names(records))
      },
    )

    expect(calls).toEqual([['a', 'b'], ['c'], ['d'], ['e']])
  })

  it('all have failed when Kafka is away, and no further call is made', async () => {
    const away = new KafkaUnavailableError('away')
    let calls = 0

    const errors = await produceEach([record('a', 600_000), record('b', 600_000)], async () => {
      calls++
      throw away
    })

    expect([calls, errors]).toEqual([1, [away, away]])
  })

  it('are written but for those that are refused, wherever these stand and whatever else fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('good', 'good', 'refused', 'away'), { maxLength: 20 }),
        async (fates) => {
          const records = fates.map((fate, index) => record(`${fate}-${index}`))
          const written: unknown[] = []
          const send = async (sent: readonly OutgoingRecord[]) => {
            const keys = names(sent).map(String)
            if (keys.some((key) => key.startsWith('refused'))) throw new RecordRefusedError('too large')
            if (keys.some((key) => key.startsWith('away'))) throw new KafkaUnavailableError('away')
            written.push(...keys)
          }

          const errors = await produceEach(records, send)

          const succeeded = names(records).filter((_key, index) => errors[index] === undefined)
          expect(written).toEqual(succeeded)
          for (const [index, fate] of fates.entries()) {
            if (fate === 'away') expect(errors[index]).toBeInstanceOf(KafkaUnavailableError)
            // One that stands behind a failure was not tried: it must come again.
            if (fate === 'refused' && !fates.slice(0, index).includes('away')) {
              expect(errors[index]).toBeInstanceOf(RecordRefusedError)
            }
            if (!fates.includes('away')) expect(errors[index] === undefined).toBe(fate === 'good')
          }
        },
      ),
    )
  })
})
