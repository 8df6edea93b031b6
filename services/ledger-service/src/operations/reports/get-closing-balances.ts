import { getClosingBalances as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { arrayLiteral } from '../../store/array-literal.ts'
import { isSnapshotted } from '../../store/daily-books.ts'

interface BalanceRow {
  ledger_account_id: string
  balance_cents: bigint
  entry_count: number
}

/** The balance of each account at the end of a day, from the last day up to it on which the account moved. */
export const getClosingBalances = implementRead(contract, {
  async read({ body: { business_date, ledger_account_ids } }, { sql }) {
    if (!(await isSnapshotted(sql, business_date)))
      throw new Problem(problems.DAY_NOT_OVER, { detail: `The balances of ${business_date} may still change` })
    const rows = await sql<BalanceRow[]>`
      select a.ledger_account_id, coalesce(last.closing_cents, 0) as balance_cents, coalesce(last.last_sequence, 0)::float8 as entry_count
      from unnest(${arrayLiteral([...new Set(ledger_account_ids)])}::uuid[]) as wanted (id)
      join ledger_accounts a on a.ledger_account_id = wanted.id
      left join lateral (
        select closing_cents, last_sequence from daily_balances d
        where d.ledger_account_id = wanted.id and d.business_date <= ${business_date}::date
        order by d.business_date desc limit 1) last on true`
    return { items: Array.from(rows) }
  },
})
