/**
 * What MSK takes for a new cluster, for cfn-lint takes any text here. As of November 2026; a newer version or size than these is
 * added after a look at the pages.
 */

/**
 * Versions without an end of support, from 3.7 on with KRaft as `.kraft`; from 4.0 on there is nothing else.
 * docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html
 */
export const KAFKA_VERSIONS = [
  ...['3.7.x', '3.7.x.kraft', '3.8.x', '3.8.x.kraft', '3.9.x', '3.9.x.kraft'],
  ...['4.0.x.kraft', '4.1.x.kraft'],
]

const sizes = (family: string, names: string): string[] => names.split(' ').map((size) => `${family}.${size}`)

/**
 * Brokers with a volume of their own. kafka.t3.small is on the page, but not taken for new clusters any more.
 * docs.aws.amazon.com/msk/latest/developerguide/broker-instance-sizes.html
 */
export const STANDARD_BROKERS = [
  ...sizes('kafka.m5', 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge'),
  ...sizes('kafka.m7g', 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge'),
]

/** Brokers whose storage, replication (3) and min.insync.replicas (2) are MSK's; in three zones only. Same page. */
export const EXPRESS_BROKERS = sizes('express.m7g', 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge')

/** docs.aws.amazon.com/msk/latest/developerguide/port-info.html */
export const PORTS = { none: 9092, tls: 9094, mtls: 9094, scram: 9096, iam: 9098 } as const
