import type { LambdaKafkaEvent, LambdaKafkaRecord } from '../../src/event/lambdaEvent.ts'

export const records = (event: LambdaKafkaEvent): LambdaKafkaRecord[] => Object.values(event.records).flat()

export const textOf = ({ value }: LambdaKafkaRecord): string => Buffer.from(value ?? '', 'base64').toString()

export const values = (event: LambdaKafkaEvent): string[] => records(event).map(textOf)

/** The answer that reports the records with these values. */
export const reporting = (event: LambdaKafkaEvent, failed: readonly string[]) => ({
  batchItemFailures: records(event)
    .filter((record) => failed.includes(textOf(record)))
    .map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: `${topic}-${partition}`, offset },
    })),
})

export const failing = (): never => {
  throw new RangeError('no')
}
