import * as api from '#contracts/api/transaction.ts'
import { implementRead } from '../../config.ts'
import { checkPeriod, type DayBalance, fillDays } from '../../domain/snapshots.ts'

/** The balance of an account at the end of each complete business day of a period; days without movement keep the last one. */
export const listBalanceSnapshots = implementRead(api.listBalanceSnapshots, {
  toleratesLag: true,
  async read({ params: { account_id }, query: { from, to } }, { sql }) {
    checkPeriod({ from, to })
    const [days, moved, before] = await Promise.all([
      sql<{ snapshot_date: string }[]>`
        select snapshot_date from snapshot_days where snapshot_date between ${from} and ${to} order by snapshot_date`,
      sql<DayBalance[]>`
        select snapshot_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count from transaction_balance_snapshot
        where account_id = ${account_id} and snapshot_date between ${from} and ${to}`,
      sql<{ closing_cents: bigint }[]>`
        select closing_cents from transaction_balance_snapshot
        where account_id = ${account_id} and snapshot_date < ${from} order by snapshot_date desc limit 1`,
    ])
    const dates = days.map((day) => day.snapshot_date)
    return { account_id, items: fillDays(dates, moved, before[0]?.closing_cents ?? null) }
  },
})
