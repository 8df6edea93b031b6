import type { ExtendedGroupProtocolSubscription, GroupPartitionsAssignments } from '@platformatic/kafka'

/** Topics, and how many partitions each has. */
interface TopicSizes {
  readonly topics: ReadonlyMap<string, { readonly partitionsCount: number }>
}

/**
 * Deals the partitions of each topic, one after the other, among the members that follow it, in the order of their ids: while two versions of a service run
 * side by side, a topic that one of them does not know goes to the other alone. (The package's own deals those of the leader, to everybody.)
 */
export function dealt(
  _leader: string,
  members: ReadonlyMap<string, Pick<ExtendedGroupProtocolSubscription, 'memberId' | 'topics'>>,
  _topics: ReadonlySet<string>,
  { topics }: TopicSizes,
): GroupPartitionsAssignments[] {
  const hands = new Map([...members.keys()].sort().map((memberId) => [memberId, newHand(memberId)]))
  let next = 0
  for (const [topic, { partitionsCount }] of [...topics].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const followers = [...hands.values()].filter(({ memberId }) => members.get(memberId)?.topics?.includes(topic))
    for (let partition = 0; partition < partitionsCount && followers.length > 0; partition++) {
      const { assignments } = followers[next++ % followers.length] as GroupPartitionsAssignments
      const known = assignments.get(topic)
      if (known === undefined) assignments.set(topic, { topic, partitions: [partition] })
      else known.partitions.push(partition)
    }
  }
  return [...hands.values()]
}

function newHand(memberId: string): GroupPartitionsAssignments {
  return { memberId, assignments: new Map() }
}
