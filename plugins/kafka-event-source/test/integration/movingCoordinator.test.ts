import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { type ChaosCluster, startCluster } from '../../../../test/chaos/cluster.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { gate, type MappingUnderTest, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

/** A third of them moves; each may meet a coordinator that still loads its group, or not. */
const GROUPS = 24
const PARTITIONS = [0, 1, 2]

let folder: string
let kafka: ChaosCluster
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moving-coordinator-'))
  kafka = await startCluster(folder)
}, 120_000)
afterEach(stopMappings)
afterAll(async () => {
  await kafka.kill()
  await rm(folder, { recursive: true })
})

it('commits what was in work while the coordinators moved, and nothing is sent again', async () => {
  const cluster = await TestCluster.connect(kafka.brokers)
  const topic = await cluster.topic(PARTITIONS.length)
  for (const partition of PARTITIONS) await cluster.produce(topic, ['a', 'b'], partition)
  const held = gate()
  const mappings: MappingUnderTest[] = []
  for (let index = 0; index < GROUPS; index += 1) {
    mappings.push(
      await startMapping({
        topic,
        groupId: `${topic}-${index}`,
        brokers: kafka.brokers.split(','),
        handler: () => held.opened,
      }),
    )
  }
  const inWork = () => mappings.map(({ values }) => values().length)
  await waitFor(() => inWork().every((count) => count === 2 * PARTITIONS.length), {
    what: 'all to be in work',
  })

  await kafka.node(1).stop()
  await kafka.node(1).start()
  await kafka.inSync()
  await kafka.ledAsPlanned()
  held.open()

  const uncommitted = async () => {
    const offsets = await Promise.all(mappings.map(({ groupId }) => cluster.committed(groupId, topic)))
    return offsets.filter((committed) => PARTITIONS.some((partition) => committed[partition] !== 2))
  }
  await waitFor(async () => (await uncommitted()).length === 0, {
    timeoutMs: 20_000,
    what: 'all to be committed',
  })
  expect(inWork()).toEqual(mappings.map(() => 2 * PARTITIONS.length))
  expect(
    mappings.flatMap(({ log }) => log.lines).filter((line) => line.includes('waiting to be let')),
  ).toEqual([])
  await cluster.close()
}, 240_000)
