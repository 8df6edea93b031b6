import type { SqlOf } from '../reconcile-types.ts'

/** What two databases say of the transfers of a bank, side by side. */
export interface SideBySide {
  /** Completed transfers without a posting. */
  unposted: string[]
  /** Postings without a transfer, or of one that has not been completed. */
  unknown: string[]
  /** Transfers that were booked more than once. */
  doubled: string[]
  /** Transfers that are still under way. */
  unended: string[]
  /** Transfers for which the ledger holds something. */
  held: string[]
}

/** Everything that transaction-service and the ledger say of transfers, compared one by one. */
export async function sideBySide(sqlOf: SqlOf): Promise<SideBySide> {
  const [transfers, postings, holds] = await Promise.all([
    sqlOf('transaction-service')<{ id: string; stage: string }[]>`
      select transaction_id as id, stage from transactions where projected_from is null order by 1`,
    sqlOf('ledger-service')<{ id: string; times: number }[]>`
      select transaction_id as id, count(*)::int as times from journal_transactions where source = 'transaction-service'
      group by 1 order by 1`,
    sqlOf('ledger-service')<{ id: string }[]>`
      select transaction_id as id from holds where status = 'ACTIVE' order by 1`,
  ])
  const posted = new Set(postings.map(({ id }) => id))
  const completed = new Set(transfers.filter(({ stage }) => stage === 'COMPLETED').map(({ id }) => id))
  const isOver = (stage: string): boolean => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(stage)
  return {
    unposted: [...completed].filter((id) => !posted.has(id)),
    unknown: [...posted].filter((id) => !completed.has(id)),
    doubled: postings.filter(({ times }) => times > 1).map(({ id }) => id),
    unended: transfers.filter(({ stage }) => !isOver(stage)).map(({ id }) => id),
    held: holds.map(({ id }) => id),
  }
}

/** Followers that stand behind the end of what their producer has: what it says next they would skip. */
export async function beyondTheEnd(sqlOf: SqlOf, services: readonly string[]): Promise<string[]> {
  const beyond: string[] = []
  for (const producer of services) {
    const [head] = await sqlOf(producer)<
      { epoch: number; position: bigint }[]
    >`select epoch, position from outbox_state`
    if (head === undefined) continue
    for (const follower of services) {
      const found = await sqlOf(follower)`
        select from subscriptions where producer = ${producer} and (epoch, position) > (${head.epoch}::int, ${head.position})`
      if (found.length > 0) beyond.push(`${follower} with ${producer}`)
    }
  }
  return beyond
}
