import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import produceRequest from 'kafkajs/src/protocol/requests/produce/v3/request.js'
import { encodeQuickly } from '../../../../shared/kafka/kafkaJsEncoder.ts'

/** Everything of KafkaJS that is changed. */
const prototype = Object.getOwnPropertyDescriptors(Encoder.prototype)
const statics = { nextPowerOfTwo: Encoder.nextPowerOfTwo, sizeOfVarLong: Encoder.sizeOfVarLong }

/** What `work` gives as KafkaJS is, and then as it is changed. */
async function asItCame<T>(work: () => T | Promise<T>): Promise<T> {
  Object.defineProperties(Encoder.prototype, prototype)
  Object.assign(Encoder, statics)
  try {
    return await work()
  } finally {
    encodeQuickly()
    encodeQuickly()
  }
}

const bytesOf = (write: (encoder: InstanceType<typeof Encoder>) => void) => {
  const encoder = new Encoder()
  write(encoder)
  return encoder.buffer.toString('hex')
}

const edges = [0, 1, 63, 64, 127, 128, 16_383, 16_384, 2 ** 28, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1]
const numbers = fc.oneof(fc.constantFrom(...edges, ...edges.map((edge) => -edge - 1)), fc.integer())

const bytes = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array)),
)
const messages = fc.array(
  fc.record(
    {
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.dictionary(fc.string(), fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })), { maxKeys: 3 }),
      timestamp: fc.oneof(fc.constant(1), fc.nat(), fc.integer({ min: 1, max: 2 ** 43 })),
    },
    { requiredKeys: ['key', 'value', 'headers'] },
  ),
  { minLength: 1, maxLength: 20 },
)

describe('the encoder of KafkaJS', () => {
  beforeAll(encodeQuickly)
  afterEach(() => {
    jest.useRealTimers()
  })

  it('writes the same numbers of 32 bits', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, async (number) => {
        const written = () => bytesOf((encoder) => encoder.writeVarInt(number))

        expect(written()).toBe(await asItCame(written))
      }),
    )
  })

  it('writes the same numbers of 64 bits, and knows their sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(numbers, fc.maxSafeInteger()), async (number) => {
        const written = () => bytesOf((encoder) => encoder.writeVarLong(number))

        expect(written()).toBe(await asItCame(written))
        expect(Encoder.sizeOfVarLong(number)).toBe(written().length / 2)
      }),
    )
  })

  it('writes the same request, whatever the records are', async () => {
    jest.useFakeTimers({ now: 1_767_225_600_000, doNotFake: ['nextTick', 'queueMicrotask'] })
    await fc.assert(
      fc.asyncProperty(messages, messages, async (some, others) => {
        const request = async () => {
          const partitions = [some, others].map((ofPartition, partition) => ({
            partition,
            messages: ofPartition.map((message) => ({ ...message })),
          }))
          const encoded = await produceRequest({
            acks: -1,
            timeout: 1_000,
            topicData: [{ topic: 'orders', partitions }],
          }).encode()
          return encoded.buffer.toString('hex')
        }

        expect(await request()).toBe(await asItCame(request))
      }),
    )
  })

  it('writes a request that is larger than any pool', async () => {
    const large = Array.from({ length: 3_000 }, (_, index) => ({
      key: `order-${index}`,
      value: Buffer.alloc(index, index),
      headers: {},
      timestamp: 1_767_225_600_000,
    }))
    const request = async () => {
      const topicData = [{ topic: 'orders', partitions: [{ partition: 0, messages: large }] }]
      return (await produceRequest({ acks: -1, timeout: 1_000, topicData }).encode()).buffer
    }

    expect((await request()).equals(await asItCame(request))).toBe(true)
  })
})
