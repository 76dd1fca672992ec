import { within } from '../../../shared/deadline.ts'
import { inParallel } from '../../helpers/postOrders.ts'
import type { OrderPath } from './orderPath.ts'
import type { Telling } from './Telling.ts'

/** As many orders as are sent in that time, at most; a slow machine is not to keep the whole benchmark waiting. */
export interface Load {
  orders: number
  seconds: number
}

/** From the first order that was sent to the last that was told. */
export interface Driven {
  orders: number
  seconds: number
}

/** Orders on their way to the first topic at once. */
export const AT_ONCE = 50
/** After the last one was taken. */
const LOST_AFTER_MS = 60_000

/** Orders as fast as they go, until all customers are told. */
export async function drive(path: OrderPath, telling: Telling, { orders, seconds }: Load): Promise<Driven> {
  const begunAt = performance.now()
  const toldAt: Promise<number>[] = []
  await inParallel(orders, AT_ONCE, async () => {
    if (performance.now() - begunAt > seconds * 1_000) return
    const customer = telling.newCustomer()
    toldAt.push(telling.of(customer))
    await path.send(customer)
  })
  const all = await within(
    LOST_AFTER_MS,
    Promise.all(toldAt),
    () => new Error('some customers were not told'),
  )
  return { orders: all.length, seconds: (Math.max(...all) - begunAt) / 1_000 }
}
