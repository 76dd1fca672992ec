import type { MiddlewareObj } from '@middy/core'
import { reasonOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { type KafkaEventRecords, readKafkaEvent } from './kafkaEvent.ts'

/**
 * Middleware that takes a Lambda Kafka event apart, and logs the error of an invocation before Lambda gets it.
 * @throws PermanentError when the event is no Kafka event
 */
export function kafkaRecords(logger: Logger): MiddlewareObj<KafkaEventRecords> {
  return {
    before: (request) => {
      request.event = readKafkaEvent(request.event)
    },
    onError: ({ error }) => {
      logger.error('batch failed', { reason: reasonOf(error) })
    },
  }
}
