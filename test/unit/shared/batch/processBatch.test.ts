import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { KafkaRecord } from '../../../../shared/batch/kafkaEvent.ts'
import { type BatchWork, processBatch } from '../../../../shared/batch/processBatch.ts'
import { InvalidRecordError, RetryableError } from '../../../../shared/errors.ts'

const record = (offset: number, key: string | null): KafkaRecord => ({
  topic: 'orders',
  partition: 0,
  offset,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(String(offset)),
  headers: [],
  raw: {},
})

const work = (changes: Partial<BatchWork<string, string>> = {}): BatchWork<string, string> => ({
  decode: ({ value }) => String(value),
  keyOf: (item) => item,
  process: async (item) => item,
  concurrency: 50,
  hasTime: () => true,
  ...changes,
})

const kinds = (outcomes: { kind: string }[]) => outcomes.map(({ kind }) => kind)
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a batch', () => {
  it('gives an outcome for each record, in the order of the records', async () => {
    const outcomes = await processBatch([record(0, 'a'), record(1, 'b'), record(2, 'a')], work())

    expect(outcomes.map((outcome) => outcome.record.offset)).toEqual([0, 1, 2])
    expect(kinds(outcomes)).toEqual(['done', 'done', 'done'])
  })

  it('holds back the later records of the key that failed, and no others', async () => {
    const process = async (item: string) => {
      if (item === '1') throw new RetryableError('Down', 'the gateway is down')
      return item
    }

    const outcomes = await processBatch(
      [record(0, 'a'), record(1, 'b'), record(2, 'a'), record(3, 'b'), record(4, 'c')],
      work({ process }),
    )

    expect(kinds(outcomes)).toEqual(['done', 'failed', 'done', 'waiting', 'done'])
  })

  it('goes on after a record that can never be processed', async () => {
    const decode = ({ offset, value }: KafkaRecord) => {
      if (offset === 0) throw new InvalidRecordError('not JSON')
      return String(value)
    }
    const process = async (item: string) => {
      if (item === '1') throw new InvalidRecordError('declined')
      return item
    }

    const outcomes = await processBatch(
      [record(0, 'a'), record(1, 'a'), record(2, 'a')],
      work({ decode, process }),
    )

    expect(kinds(outcomes)).toEqual(['invalid', 'invalid', 'done'])
  })

  it('sends again what failed for a reason that nobody expected, whatever was thrown', async () => {
    const process = async (item: string) => {
      if (item === '0') throw new TypeError('x is not a function')
      throw null
    }

    const outcomes = await processBatch([record(0, 'a'), record(1, 'b')], work({ process }))

    expect(outcomes).toMatchObject([
      { kind: 'failed', mayPass: false },
      { kind: 'failed', mayPass: false },
    ])
  })

  it('begins no record for which the time is too short, and lets those under way end', async () => {
    let begun = 0
    const process = async (item: string) => {
      begun++
      await turn()
      return item
    }

    const outcomes = await processBatch(
      [record(0, 'a'), record(1, 'b'), record(2, 'c'), record(3, 'a')],
      work({ process, concurrency: 2, hasTime: () => begun < 2 }),
    )

    expect(kinds(outcomes)).toEqual(['done', 'done', 'waiting', 'waiting'])
  })

  it('works on as many keys side by side as the bound allows', async () => {
    let running = 0
    let most = 0
    const process = async (item: string) => {
      most = Math.max(most, ++running)
      await turn()
      running--
      return item
    }

    await processBatch(
      Array.from({ length: 120 }, (_, offset) => record(offset, `k-${offset}`)),
      work({ process, concurrency: 50 }),
    )

    expect(most).toBe(50)
  })

  it('keeps a keyless record in order with records whose key equals its own', async () => {
    const ended: string[] = []
    const process = async (item: string) => {
      if (item === '0') for (let turns = 0; turns < 5; turns++) await turn()
      ended.push(item)
      return item
    }

    await processBatch([record(0, 'same'), record(1, null)], work({ process, keyOf: () => 'same' }))

    expect(ended).toEqual(['0', '1'])
  })

  it('takes keys that are no text for what they are', async () => {
    const process = async (item: string) => {
      if (item === '0') throw new RetryableError('Down', 'the gateway is down')
      return item
    }
    const [first, second] = [Buffer.from([0xff]), Buffer.from([0xfe])]
    const records = [first, second, first].map((key, offset) => ({ ...record(offset, null), key }))

    const outcomes = await processBatch(records, work({ process }))

    expect(kinds(outcomes)).toEqual(['failed', 'done', 'waiting'])
  })

  it('keeps the order of each key, side by side within the bound, for any keys, delays and failures', async () => {
    const plan = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c', null),
        turns: fc.nat(3),
        fate: fc.constantFrom('done', 'done', 'done', 'invalid', 'failed'),
      }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 5 }), async (planned, concurrency) => {
        const records = planned.map(({ key }, offset) => record(offset, key))
        const laneOf = (offset: number) => planned[offset]?.key ?? 'none'
        const finished: number[] = []
        let running = 0
        let most = 0

        const outcomes = await processBatch(
          records,
          work({
            keyOf: () => 'none',
            concurrency,
            process: async (item) => {
              most = Math.max(most, ++running)
              const { turns, fate } = planned[Number(item)] as (typeof planned)[number]
              for (let passed = 0; passed < turns; passed++) await turn()
              running--
              if (fate === 'invalid') throw new InvalidRecordError('bad')
              if (fate === 'failed') throw new RetryableError('Down', 'down')
              finished.push(Number(item))
              return item
            },
          }),
        )

        expect(most).toBeLessThanOrEqual(concurrency)
        for (const lane of ['a', 'b', 'c', 'none']) {
          const inLane = finished.filter((offset) => laneOf(offset) === lane)
          expect(inLane).toEqual(inLane.toSorted((a, b) => a - b))
          const ofLane = outcomes
            .filter((_outcome, offset) => laneOf(offset) === lane)
            .map(({ kind }) => kind)
          const failedAt = ofLane.indexOf('failed')
          if (failedAt >= 0)
            expect(new Set(ofLane.slice(failedAt + 1))).toEqual(
              new Set(ofLane.length > failedAt + 1 ? ['waiting'] : []),
            )
          else expect(ofLane).not.toContain('waiting')
        }
      }),
      { numRuns: 200 },
    )
  })
})
