import { LOOPBACK } from './ports.ts'

export interface ServerAddresses {
  port: number
  controllerPort: number
  logDir: string
}

/** Settings of Kafka's server.properties, by name. */
export type Properties = Record<string, string | number | boolean>

/** The only node has this id, whatever cluster it is. */
export const LONE_NODE_ID = 1

/** One node that is broker and controller, on loopback only, with the least of everything. */
export function serverProperties({ port, controllerPort, logDir }: ServerAddresses): Properties {
  return {
    'process.roles': 'broker,controller',
    'node.id': LONE_NODE_ID,
    // Named in the settings and not in the metadata log, so that the controller may have another port at each start.
    'controller.quorum.voters': `${LONE_NODE_ID}@${LOOPBACK}:${controllerPort}`,
    listeners: `CLIENTS://${LOOPBACK}:${port},CONTROLLER://${LOOPBACK}:${controllerPort}`,
    'advertised.listeners': `CLIENTS://${LOOPBACK}:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,

    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,

    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    // Whoever comes back after a month's leave finds the groups where they stood; the default is a week.
    'offsets.retention.minutes': 365 * 24 * 60,
    // At a restart the controller takes the broker of the run before for alive until its session is over, and
    // refuses the new one for so long (9 s by default).
    'broker.session.timeout.ms': 1000,
    'broker.heartbeat.interval.ms': 200,
    // A lone controller has nobody to keep informed twice a second: it would fill the disk of an idle machine.
    'metadata.max.idle.interval.ms': 0,
    // Taken at the start: 128 MB by default, of which the few keys of the groups' offsets need little.
    'log.cleaner.dedupe.buffer.size': 2 * 1024 * 1024,
  }
}

/** The text of a Java properties file, which is Latin-1: everything beyond ASCII is escaped. */
export function toPropertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replace(/[^\x20-\x5b\x5d-\x7e]/g, escapeUnit)}\n`)
    .join('')
}

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
