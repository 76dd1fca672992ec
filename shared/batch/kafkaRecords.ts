import type { MiddlewareObj } from '@middy/core'
import { reasonOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { type KafkaRecord, readKafkaEvent } from './kafkaEvent.ts'

/** The event as handlers behind `kafkaRecords` get it. */
export interface RecordsEvent {
  records: KafkaRecord[]
  /** Records of the event that could not be read and are left out. */
  unreadable: number
}

/**
 * Middleware that takes a Lambda Kafka event apart, and logs the error of an invocation before Lambda gets it.
 * @throws PermanentError when the event is no Kafka event
 */
export function kafkaRecords(logger: Logger): MiddlewareObj<RecordsEvent> {
  return {
    before: (request) => {
      const { records, unreadable } = readKafkaEvent(request.event)
      for (const { identity, reason } of unreadable) {
        logger.error('record is not as Lambda sends records, skipped', { record: identity, reason })
      }
      request.event = { records, unreadable: unreadable.length }
    },
    onError: ({ error }) => {
      logger.error('batch failed', { reason: reasonOf(error) })
    },
  }
}
