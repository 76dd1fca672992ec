import { createRequire } from 'node:module'
import { expect, it } from '@jest/globals'
import '../../src/kafka/GroupMember.ts'

const OffsetManager = createRequire(import.meta.url)('kafkajs/src/consumer/offsetManager')

/** A broker that takes commits, or says that it is not the coordinator. */
function broker(isCoordinator: boolean) {
  const commits: unknown[] = []
  return {
    commits,
    isConnected: () => true,
    async offsetCommit(commit: unknown) {
      if (!isCoordinator) throw Object.assign(new Error('not it'), { type: 'NOT_COORDINATOR_FOR_GROUP' })
      commits.push(commit)
    },
  }
}

function offsetManager(coordinator: object, findGroupCoordinator: () => Promise<object>) {
  return new OffsetManager({
    cluster: { committedOffsets: () => ({}), refreshMetadata: async () => {}, findGroupCoordinator },
    coordinator,
    memberAssignment: { orders: [0] },
    instrumentationEmitter: { emit() {} },
    groupId: 'g',
    generationId: 1,
    memberId: 'm',
  })
}

const OFFSETS = { topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '7' }] }] }

it('commits to the coordinator of now after a commit to the one before, within one membership', async () => {
  const [before, now] = [broker(false), broker(true)]
  const manager = offsetManager(before, async () => now)

  await expect(manager.commitOffsets(OFFSETS)).rejects.toThrow('not it')
  await manager.commitOffsets(OFFSETS)

  expect(now.commits).toEqual([{ groupId: 'g', groupGenerationId: 1, memberId: 'm', ...OFFSETS }])
})

it('says why the commit failed, not why no coordinator was found', async () => {
  const manager = offsetManager(broker(false), async () => {
    throw new Error('nobody answers')
  })

  await expect(manager.commitOffsets(OFFSETS)).rejects.toThrow('not it')
})
