import middy from '@middy/core'
import httpHeaderNormalizer from '@middy/http-header-normalizer'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { jsonBody } from '../../shared/http/jsonBody.ts'
import type { HttpAnswer } from '../../shared/http/problem.ts'
import { problemAnswers } from '../../shared/http/problemAnswers.ts'
import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import { createLineWriter, createLogger } from '../../shared/logger.ts'
import { createMetrics } from '../../shared/metrics.ts'
import { readSettings } from '../../shared/settings.ts'
import { createOrder } from './createOrder.ts'
import { readIdempotencyKey, readOrderRequest } from './orderRequest.ts'
import { requestContextOf } from './requestContext.ts'

const settings = readSettings()
const { write, together } = createLineWriter()
const logger = createLogger({ function: 'createOrder', format: settings.logFormat, write })
const metrics = createMetrics({ format: settings.logFormat, write })
const producer = createProducer({ clientId: 'createOrder', kafka: settings.kafka })

/** `POST /orders` -> topic `orders`: 202 with the order once Kafka has it. */
export const handler = middy<APIGatewayProxyEventV2, HttpAnswer>()
  .use(problemAnswers(logger))
  .use(httpHeaderNormalizer())
  .use(jsonBody())
  .handler(async (event, lambda) => {
    const idempotencyKey = readIdempotencyKey(event.headers['idempotency-key'])
    const request = readOrderRequest(event.body)
    const context = requestContextOf(event, lambda, idempotencyKey)

    const order = await createOrder(request, context, { producer, deadlineMs: settings.orderDeadlineMs })

    together(() => {
      logger.info('order accepted', { order_id: order.order_id, 'correlation-id': context.correlationId })
      metrics.count(lambda.functionName, { OrdersAccepted: 1 })
    })
    return {
      statusCode: 202,
      headers: { 'content-type': 'application/json', 'correlation-id': context.correlationId },
      body: JSON.stringify(order),
    }
  })
