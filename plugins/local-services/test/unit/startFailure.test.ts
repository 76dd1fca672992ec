import { expect, it } from '@jest/globals'
import { describeStartFailure } from '../../src/startFailure.ts'

const describe = (output: string) => describeStartFailure({ output, port: 9092, logFile: '/data/kafka.log' })

it('names the reason and the log', () => {
  const output = 'java.lang.OutOfMemoryError: Java heap space\n\tat kafka.Kafka$.main(Kafka.scala)\n'

  expect(describe(output)).toMatch(/did not start: java.lang.OutOfMemoryError: Java heap space.*kafka\.log/)
})

it('recognises another Kafka on the same data, and a port taken in the last moment', () => {
  expect(describe('KafkaException: Failed to acquire lock on file .lock in /data')).toMatch(/Another Kafka/)
  expect(describe('failed to bind to 127.0.0.1:9092: Address already in use.')).toMatch(/KAFKA_PORT/)
})

it('names the log when there is nothing else to say', () => {
  expect(describe('')).toMatch(/did not start\. Details are in \/data\/kafka\.log/)
})
