import type { ChaosCluster } from './cluster.ts'

const GROUPS = { payment_service: 'orders', notification_service: 'order_status' } as const

/** Records that each group has not committed, by group and partition: `payment_service orders-0`. */
export function groupLag(cluster: ChaosCluster): Promise<Record<string, number>> {
  return cluster.withAdmin(async (admin) => {
    const lags = Object.entries(GROUPS).map(async ([groupId, topic]) => {
      const ends = await admin.fetchTopicOffsets(topic)
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
      return ends.map(({ partition, high, low }) => {
        const offset = Number(committed?.partitions.find((one) => one.partition === partition)?.offset ?? -1)
        return [`${groupId} ${topic}-${partition}`, Number(high) - Math.max(offset, Number(low))] as const
      })
    })
    return Object.fromEntries((await Promise.all(lags)).flat())
  })
}
