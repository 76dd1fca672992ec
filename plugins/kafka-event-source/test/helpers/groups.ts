import kafkajs, { type Admin } from 'kafkajs'
import { waitFor } from '../../../../test/helpers/waitFor.ts'

export type Member = {
  readonly id: string
  readonly clientId: string
  /** By topic; without topics of which it has none. */
  readonly assignment: Readonly<Record<string, readonly number[]>>
}

/** The members of a group that is not in a rebalance; `undefined` while it is in one. */
export async function stableMembers(admin: Admin, groupId: string): Promise<Member[] | undefined> {
  const { groups } = await admin.describeGroups([groupId])
  const [group] = groups
  if (group?.state !== 'Stable') return undefined
  return group.members.map(({ memberId, clientId, memberAssignment }) => ({
    id: memberId,
    clientId,
    assignment: kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {},
  }))
}

/** Waits until so many members share a group and none of them waits for the others. */
export const waitForMembers = (admin: Admin, groupId: string, count: number): Promise<Member[]> =>
  waitFor(
    async () => {
      const members = await stableMembers(admin, groupId)
      return members?.length === count && members
    },
    { timeoutMs: 20_000, what: `${count} members in group ${groupId}` },
  ) as Promise<Member[]>
