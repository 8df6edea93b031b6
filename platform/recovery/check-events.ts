import { isBefore, type Position } from '#libs/outbox/event-log.ts'
import { epochAfter } from './epoch.ts'
import type { SqlOf } from './reconcile-types.ts'

interface Follower extends Position {
  service: string
  producer: string
}

/**
 * Gives all databases the highest epoch of any: several servers that were restored one by one have begun different ones, and one that was not
 * restored none. Where somebody has come further with a producer than that one has come itself, even in this epoch (a server was promoted that lacked
 * something, or the clock of a restore was wrong), a new one begins: else what the producer says next would be taken for what was handled.
 */
export async function agreeOnEpoch(sqlOf: SqlOf, services: readonly string[], now = new Date()): Promise<number> {
  const [heads, followers] = await Promise.all([headsOf(sqlOf, services), followersIn(sqlOf, services)])
  const highest = Math.max(0, ...[...heads.values()].map(({ epoch }) => epoch))
  const skipping = followers.filter(({ producer, epoch, position }) => {
    const head = heads.get(producer)
    return head !== undefined && isBefore({ epoch: highest, position: head.position }, { epoch, position })
  })
  const epoch =
    skipping.length === 0 ? highest : epochAfter(Math.max(highest, ...skipping.map((follower) => follower.epoch)), now)
  for (const service of services) await sqlOf(service)`update outbox_state set epoch = ${epoch} where epoch < ${epoch}`
  return epoch
}

/**
 * Producers whose followers stand further than they do themselves: those events were of a future that was lost, and their effects stayed. What they
 * moved in the ledger is found by comparing transfers; their followers take the new epoch up where it begins.
 */
export async function eventsLostByProducers(sqlOf: SqlOf, services: readonly string[]): Promise<string[]> {
  const [heads, followers] = await Promise.all([headsOf(sqlOf, services), followersIn(sqlOf, services)])
  return followers.flatMap(({ service, producer, position }) => {
    const ahead = position - (heads.get(producer)?.position ?? position)
    return ahead > 0n ? [`${producer}: ${service} had handled ${ahead} events more`] : []
  })
}

/** How far each producer's events have come. */
async function headsOf(sqlOf: SqlOf, services: readonly string[]): Promise<Map<string, Position>> {
  const heads = services.map(async (service) => {
    const [head] = await sqlOf(service)<Position[]>`select epoch, position from outbox_state`
    return [service, head ?? { epoch: 0, position: 0n }] as const
  })
  return new Map(await Promise.all(heads))
}

/** How far each service has come with the producers that it follows. */
async function followersIn(sqlOf: SqlOf, services: readonly string[]): Promise<Follower[]> {
  const rows = services.map(async (service) => {
    const followed = await sqlOf(service)<Omit<Follower, 'service'>[]>`
      select producer, epoch, position from subscriptions order by producer`
    return followed.map((row) => ({ ...row, service }))
  })
  return (await Promise.all(rows)).flat()
}
