import { createRequire } from 'node:module'
import { expect, it } from '@jest/globals'
import { GroupMember } from '../../src/kafka/GroupMember.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { silentLog } from '../helpers/log.ts'

const events = { assigned() {}, fetched() {}, heldUp() {} }
const kafka = kafkaClient({ brokers: ['127.0.0.1:1'], ssl: false }, 'test', silentLog)

it('has nothing to pause, resume or seek between two memberships, which is no error', () => {
  const member = new GroupMember({ kafka, topic: 'orders', groupId: 'g', events })

  expect(() => {
    member.pause([0])
    member.resume([0])
    member.seek([{ partition: 0, offset: 1 }])
  }).not.toThrow()
})

it('rejects a commit that KafkaJS would drop in silence', async () => {
  const member = new GroupMember({ kafka, topic: 'orders', groupId: 'g', events })

  await expect(member.commit([{ partition: 0, offset: 1 }])).rejects.toThrow()
})

it('waits as long to be let in as any member may keep the group waiting', () => {
  const joinGroup = createRequire(import.meta.url)('kafkajs/src/protocol/requests/joinGroup')

  for (const version of joinGroup.versions) {
    const request = joinGroup.protocol({ version })({ groupId: 'g', rebalanceTimeout: 1_500 })
    expect(request.requestTimeout).toBeGreaterThan(300_000)
    expect(request.request.apiName).toBe('JoinGroup')
  }
})
