// The functions that all contestants run: each record is decoded, parsed and checked. What they print tells the bench
// how far they are: a line for each batch (its number of records), or one for each record.

type BenchEvent = { records: Record<string, { offset: number; value: string }[]> }

const LAST_OFFSET = new Map<string, number>()

function check(event: BenchEvent, each: (orderId: string) => void): number {
  let count = 0
  for (const [partition, records] of Object.entries(event.records)) {
    for (const { value } of records) {
      const order = JSON.parse(Buffer.from(value, 'base64').toString('utf8'))
      if (typeof order.order_id !== 'string' || typeof order.customer !== 'string')
        throw new Error('not an order')
      if (typeof order.amount !== 'number' || order.status !== 'pending') throw new Error('not an order')
      each(order.order_id)
      count += 1
    }
    const first = records[0]?.offset ?? 0
    // Environments share nothing: within one, a partition's batches must come in order.
    if (first <= (LAST_OFFSET.get(partition) ?? -1)) throw new Error(`${partition} goes back to ${first}`)
    LAST_OFFSET.set(partition, records.at(-1)?.offset ?? 0)
  }
  return count
}

export const quiet = async (event: BenchEvent): Promise<void> => {
  const count = check(event, () => {})
  process.stdout.write(`${count}\n`)
}

export const printing = async (event: BenchEvent): Promise<void> => {
  check(event, (orderId) => console.log(`1 ${orderId}`))
}

/** Milliseconds from the making of each record to here. */
export const latency = async (event: BenchEvent): Promise<void> => {
  const now = performance.timeOrigin + performance.now()
  for (const { value } of Object.values(event.records).flat()) {
    const { sentAt } = JSON.parse(Buffer.from(value, 'base64').toString('utf8'))
    process.stdout.write(`${now - sentAt}\n`)
  }
}
