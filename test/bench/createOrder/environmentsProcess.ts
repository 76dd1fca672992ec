// Environments, each of which takes one order at a time, as those of Lambda do.

import { createRequire } from 'node:module'
import type { Context } from 'aws-lambda'
import type { HttpAnswer } from '../../../shared/http/problem.ts'
import { aContext, postOrders } from '../../helpers/lambda.ts'
import { serveOrders } from './httpServer.ts'
import { rawOrders } from './rawOrders.ts'

export type Handler = (event: object, context: Context) => Promise<HttpAnswer>

export interface EnvironmentsSettings {
  /** `raw`: that many KafkaJS producers and nothing else. Otherwise the file of a bundle, see bundleEnvironments.ts. */
  contestant: 'raw' | { bundle: string }
  environments: number
  /** Where they take requests over HTTP, too. */
  httpPort?: number
}

/** So many orders, which all environments share; of the first ones no times are told. */
export interface Work {
  orders: number
  untimed: number
}

export interface Done {
  /** Of each order, in milliseconds. */
  times: number[]
  /** Of the process, for all of them. */
  cpuMs: number
}

/** Gets one order ready, which takes no time of the measurement, and gives what sends it. */
export type NextOrder = () => () => Promise<void>

const { contestant, environments, httpPort } = JSON.parse(process.argv[2] ?? '{}') as EnvironmentsSettings
const handlers: Handler[] =
  contestant === 'raw' ? [] : createRequire(import.meta.url)(contestant.bundle).handlers
const orders: NextOrder[] =
  contestant === 'raw'
    ? await Promise.all(
        Array.from({ length: environments }, () => rawOrders(process.env.KAFKA_BROKERS ?? '')),
      )
    : handlers.map(ordersOf)

process.on('message', async ({ orders: count, untimed }: Work) => {
  const times: number[] = []
  let begun = 0
  const cpuBefore = process.cpuUsage()
  await Promise.all(
    orders.map(async (nextOrder) => {
      while (begun < count) {
        const isTimed = begun++ >= untimed
        const send = nextOrder()
        const sentAt = performance.now()
        await send()
        if (isTimed) times.push(performance.now() - sentAt)
      }
    }),
  )
  const { user, system } = process.cpuUsage(cpuBefore)
  process.send?.({ times, cpuMs: (user + system) / 1_000 } satisfies Done)
})
if (httpPort !== undefined) await serveOrders(handlers, httpPort)
// Connections would keep it alive when whoever started it was killed.
process.once('disconnect', () => process.exit())
process.send?.('ready')

function ordersOf(handler: Handler): NextOrder {
  return () => {
    const event = postOrders({ customer: 'Ada Lovelace', amount: 12.5 })
    const context = aContext(10_000)
    return async () => {
      const { statusCode } = await handler(event, context)
      if (statusCode !== 202) throw new Error(`the order was answered ${statusCode}`)
    }
  }
}
