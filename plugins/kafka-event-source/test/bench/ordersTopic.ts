import type { TestCluster } from '../helpers/topics.ts'

interface OrdersTopic {
  readonly partitions: number
  /** All together, as many on one partition as on another. */
  readonly records: number
  /** Of a record's value: 150, or 160 and more. What an order does not need of it is one long text. */
  readonly recordBytes?: number
}

/** Values of one produce request and partition. The broker takes 1,048,588 bytes of them, with what Kafka adds to each. */
const BYTES_AT_ONCE = 950_000
const RECORDS_AT_ONCE = 2_000

/** A topic full of orders. */
export async function ordersTopic(
  cluster: TestCluster,
  { partitions, records, recordBytes = 150 }: OrdersTopic,
): Promise<string> {
  const topic = await cluster.topic(partitions)
  const each = Math.ceil(records / partitions)
  const atOnce = Math.max(1, Math.min(RECORDS_AT_ONCE, Math.floor(BYTES_AT_ONCE / recordBytes)))
  for (let partition = 0; partition < partitions; partition += 1) {
    const count = Math.min(each, records - partition * each)
    for (let start = 0; start < count; start += atOnce) {
      const ids = Array.from({ length: Math.min(atOnce, count - start) }, (_, index) => start + index)
      await cluster.produce(
        topic,
        ids.map((index) => order(`${partition}-${index}`, recordBytes)),
        partition,
      )
    }
  }
  return topic
}

function order(id: string, bytes: number): string {
  const json = JSON.stringify({
    order_id: `order-${id.padStart(20, '0')}-8f14e45fceea167a5a36dedd4bea2543`,
    customer: 'Ada Lovelace of Marylebone',
    amount: 1_234.56,
    status: 'pending',
  })
  return bytes === json.length
    ? json
    : `${json.slice(0, -1)},"note":"${'n'.repeat(bytes - json.length - 10)}"}`
}
