import type { Queryable } from '#libs/sql/database.ts'
import { CLOSING_MARK } from '../../domain/proposals.ts'
import type { LineTotals } from '../../domain/reports.ts'
import { holdsTransaction } from '../seals/seal-of.ts'
import type { JournalCut } from './gl-as-of.ts'

/**
 * What the closing entries of years booked on each line over value dates, as known at a cut: a few transactions a year. Who booked them and under
 * which step tells them; the word alone may stand with anything.
 */
export async function closingTotals(
  sql: Queryable,
  { seal_no }: JournalCut,
  { from, to }: { from: string; to: string },
): Promise<LineTotals[]> {
  const closings = await sql<{ ledger_transaction_id: string }[]>`
    select ledger_transaction_id from journal_transactions
    where business_event = 'CLOSING' and source = ${CLOSING_MARK.source} and starts_with(step, ${CLOSING_MARK.step_begins})
      and value_date >= ${from}::date and value_date <= ${to}::date`
  const known = await Promise.all(
    closings.map(async ({ ledger_transaction_id }) =>
      (await holdsTransaction(sql, seal_no, ledger_transaction_id)) ? [ledger_transaction_id] : [],
    ),
  )
  const rows = await sql<(Omit<LineTotals, 'debits' | 'credits'> & { debits: string; credits: string })[]>`
    select a.currency, a.gl_code, a.account_type, a.normal_side, coalesce(sum(p.amount) filter (where p.is_debit), 0)::text as debits,
      coalesce(sum(p.amount) filter (where not p.is_debit), 0)::text as credits, count(*)::float8 as entries
    from journal_transactions j
    cross join lateral (
      select id, amount, true as is_debit from unnest(j.debit_account_ids, j.amounts_cents) as d (id, amount)
      union all select id, amount, false from unnest(j.credit_account_ids, j.amounts_cents) as c (id, amount)) p
    join ledger_accounts a on a.ledger_account_id = p.id
    where j.ledger_transaction_id = any(${known.flat()}::uuid[])
    group by a.currency, a.gl_code, a.account_type, a.normal_side`
  return rows.map((row) => ({ ...row, debits: BigInt(row.debits), credits: BigInt(row.credits) }))
}
