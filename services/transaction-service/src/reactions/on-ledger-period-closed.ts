import { listDailyBalances } from '#contracts/api/ledger.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import type { DataOf } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { react } from '../config.ts'

type Moved = ReplyOf<typeof listDailyBalances>['items'][number]

const PAGE = 200

/** A business day is over: the balances of the accounts that moved on it are kept, then the day is complete. */
export const onLedgerPeriodClosed = react(ledgerPeriodClosed, {
  /** Kept page by page as they come, so that a day of millions of accounts is never in memory at once. A closed day's balances never change. */
  ask: async (events, { call, own }) => {
    for (const { data } of events.filter(isDay)) {
      let cursor: string | null = null
      do {
        const query: { business_date: string; limit: number; cursor?: string } = {
          business_date: data.business_date,
          limit: PAGE,
          ...(cursor === null ? {} : { cursor }),
        }
        const page: ReplyOf<typeof listDailyBalances> = await call(listDailyBalances, { query })
        await keepBalances(own.database.app, data.business_date, page.items)
        cursor = page.next_cursor
      } while (cursor !== null)
    }
  },

  async run(events, _asked, { tx }) {
    const days = events.filter(isDay).map(({ data }) => data.business_date)
    await tx`insert into snapshot_days (snapshot_date) select unnest(${days}::text[]::date[]) on conflict do nothing`
  },
})

/** Months and years are closed too: their days were, long before. */
function isDay({ data: { kind = 'DAY' } }: { data: DataOf<typeof ledgerPeriodClosed> }): boolean {
  return kind === 'DAY'
}

async function keepBalances(sql: Queryable, business_date: string, moved: readonly Moved[]): Promise<void> {
  if (moved.length === 0) return
  const column = (pick: (account: Moved) => string | number | bigint) =>
    textArray(moved.map((one) => String(pick(one))))
  await sql`
    insert into transaction_balance_snapshot (account_id, snapshot_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count)
    select account_id, ${business_date}::date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count
    from unnest(${column((one) => one.ledger_account_id)}::uuid[], ${column((one) => one.opening_cents)}::bigint[],
      ${column((one) => one.debits_cents)}::bigint[], ${column((one) => one.credits_cents)}::bigint[],
      ${column((one) => one.closing_cents)}::bigint[], ${column((one) => one.entry_count)}::int[])
      as day (account_id, opening_cents, debits_cents, credits_cents, closing_cents, entry_count)
    on conflict (account_id, snapshot_date) do update set opening_cents = excluded.opening_cents, debits_cents = excluded.debits_cents,
      credits_cents = excluded.credits_cents, closing_cents = excluded.closing_cents, entry_count = excluded.entry_count`
}
