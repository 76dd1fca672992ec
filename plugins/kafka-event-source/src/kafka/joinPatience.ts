import { createRequire } from 'node:module'

type Request = { requestTimeout: number }
type JoinGroup = { protocol: (version: { version: number }) => (parameters: object) => Request }

const require = createRequire(import.meta.url)

/** A group waits as long for each of its members before it lets another in: `max.poll.interval.ms` of Java's consumers. */
const SLOWEST_MEMBER_MS = 300_000
const NETWORK_DELAY_MS = 5_000

/**
 * Makes KafkaJS wait for its group. By itself it gives up after 30 s, as if the broker were away, and asks again as
 * another new member: the group then waits for each of these, and gives them partitions that nobody reads.
 */
export function waitForSlowMembers(): void {
  const joinGroup = require('kafkajs/src/protocol/requests/joinGroup') as JoinGroup
  const { protocol } = joinGroup
  joinGroup.protocol = (version) => {
    const request = protocol(version)
    return (parameters) => ({ ...request(parameters), requestTimeout: SLOWEST_MEMBER_MS + NETWORK_DELAY_MS })
  }
}
