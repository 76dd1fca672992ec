import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readNotification } from '../../chaos/notifications.ts'
import { copyProject, startOffline } from '../../helpers/project.ts'
import { OrderClient } from './OrderClient.ts'
import type { OrderPath, Told } from './orderPath.ts'

export interface FunctionsPathOptions {
  brokers: string
  /** Of the table of outcomes, as DYNAMODB_ENDPOINT. */
  tableEndpoint: string
  /** `off`: payment and notification have no store; the table is there for what starts them. */
  store?: 'on' | 'off'
  /** That orders are sent over, at most. */
  connections: number
  told: Told
}

const TABLE_OFF = fileURLToPath(new URL('tableOff.ts', import.meta.url))
const SERVERLESS = ['node_modules/serverless/bin/serverless.js', 'offline']

/**
 * Through all functions, in a `serverless offline` of its own: HTTP, createOrder, `orders`, payment, `order_status`,
 * notification. Nothing else may use the broker's topics.
 */
export async function functionsPath(options: FunctionsPathOptions): Promise<OrderPath> {
  const { brokers, tableEndpoint, store = 'on', connections, told } = options
  await using started = new AsyncDisposableStack()
  const project = started.adopt(copyProject(), (copy) => copy.remove())
  if (store === 'off') copyFileSync(TABLE_OFF, join(project.folder, 'shared/outcomes/outcomesTable.ts'))
  const offline = started.adopt(
    await startOffline({
      folder: project.folder,
      command: [process.execPath, ...SERVERLESS],
      env: { KAFKA_BROKERS: brokers, DYNAMODB_ENDPOINT: tableEndpoint, PAYMENT_MAX_DELAY_MS: '0' },
      onLine: (line) => {
        const notification = readNotification(line, 0)
        if (notification) told(notification.customer)
      },
    }),
    async (running) => {
      await running.stop()
    },
  )
  const client = started.adopt(new OrderClient(offline.url, connections), (open) => open.close())
  const all = started.move()
  return { send: (customer) => client.send(customer), close: () => all.disposeAsync() }
}
