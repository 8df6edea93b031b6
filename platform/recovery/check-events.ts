import type { SqlOf } from './reconcile-types.ts'

/** Several servers that were restored one by one may have begun different epochs: the highest counts for all. */
export async function agreeOnEpoch(sqlOf: SqlOf, services: readonly string[]): Promise<number> {
  const epochs = await Promise.all(
    services.map(async (service) => {
      const [row] = await sqlOf(service)<{ epoch: number }[]>`select epoch from outbox_state`
      return row?.epoch ?? 0
    }),
  )
  const highest = Math.max(...epochs)
  for (const service of services)
    await sqlOf(service)`update outbox_state set epoch = ${highest} where epoch < ${highest}`
  return highest
}

/**
 * Producers whose followers stand further than they do themselves: those events were of a future that was lost, and their effects stayed. What they
 * moved in the ledger is found by comparing transfers; their followers take the new epoch up where it begins.
 */
export async function eventsLostByProducers(sqlOf: SqlOf, services: readonly string[]): Promise<string[]> {
  const lost: string[] = []
  for (const producer of services) {
    const [last] = await sqlOf(producer)<{ position: bigint }[]>`select position from outbox_state`
    for (const follower of services) {
      const [at] = await sqlOf(follower)<{ position: bigint }[]>`
        select position from subscriptions where producer = ${producer}`
      const ahead = (at?.position ?? 0n) - (last?.position ?? 0n)
      if (ahead > 0n) lost.push(`${producer}: ${follower} had handled ${ahead} events more`)
    }
  }
  return lost
}
