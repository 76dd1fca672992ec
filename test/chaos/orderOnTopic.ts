import type { RawRecord } from './topicRecords.ts'

const STATUS: Readonly<Record<string, string>> = { orders: 'pending', order_status: 'paid' }
/** As the plan names them; a service's own id is a UUID. Garbage has other ids. */
const PLANNED_ID = /^(order-.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export interface OrderOnTopic {
  order_id: string
  customer: string
  amount: number
}

/** The order that a record is, with the status that belongs on its topic; undefined for garbage. */
export function orderOn({ topic, value }: Pick<RawRecord, 'topic' | 'value'>): OrderOnTopic | undefined {
  let order: unknown
  try {
    order = JSON.parse(value?.toString('utf8') ?? 'null')
  } catch {
    return undefined
  }
  if (typeof order !== 'object' || order === null) return undefined
  const { order_id, status } = order as Record<string, unknown>
  const planned = typeof order_id === 'string' && PLANNED_ID.test(order_id)
  return planned && status === STATUS[topic] ? (order as OrderOnTopic) : undefined
}
