import { getPeriod as contract } from '#contracts/api/ledger-periods.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { type PeriodLine, periodOf, resultOf } from '../../domain/accounting-periods.ts'
import { problems } from '../../problems.ts'
import { daysOfBooks, findPeriod, readClosingEntries } from '../../store/accounting-periods.ts'
import { findProposal } from '../../store/proposals.ts'

interface CheckRow {
  currency: string
  name: string
  left: string
  right: string
}

/** A month or a year as it was closed, or that it is open; what was written down at its close never changes. */
export const getPeriod = implementRead(contract, {
  async read({ params: { period } }, { sql }) {
    const [row, { first_date: begun }] = await Promise.all([findPeriod(sql, period), daysOfBooks(sql)])
    const { kind, first_date, last_date } = periodOf(period)
    if (last_date < begun) throw new Problem(problems.PERIOD_NOT_FOUND, { detail: `The books begin on ${begun}` })
    const about = { period, kind, first_date, last_date }
    if (row === undefined) return { ...about, ...UNTOUCHED }
    const [proposal, currencies, entries, adjustments] = await Promise.all([
      findProposal(sql, row.proposal_id),
      currenciesOf(sql, period),
      readClosingEntries(sql, period),
      countAdjustments(sql, period),
    ])
    return {
      ...about,
      status: row.status,
      proposal_id: row.proposal_id,
      proposed_by: proposal?.proposed_by ?? null,
      approved_by: proposal?.decided_by ?? null,
      reason: proposal?.reason ?? null,
      closed_at: row.closed_at?.toISOString() ?? null,
      known_at: row.known_at?.toISOString() ?? null,
      currencies,
      closing_transaction_ids: [...new Set(entries.flatMap((entry) => entry.ledger_transaction_id ?? []))],
      adjustments,
    }
  },
})

const UNTOUCHED = {
  status: 'OPEN' as const,
  proposal_id: null,
  proposed_by: null,
  approved_by: null,
  reason: null,
  closed_at: null,
  known_at: null,
  currencies: [],
  closing_transaction_ids: [],
  adjustments: 0,
}

async function currenciesOf(sql: Queryable, period: string) {
  const [rows, checks] = await Promise.all([
    sql<(Omit<PeriodLine, 'debits' | 'credits' | 'period_debits' | 'period_credits'> & Record<TotalName, string>)[]>`
      select currency, gl_code, account_type, debits::text, credits::text, period_debits::text, period_credits::text
      from accounting_period_lines where period = ${period} order by currency, gl_code`,
    sql<CheckRow[]>`
      select currency, name, left_side::text as left, right_side::text as right from accounting_period_checks
      where period = ${period} order by currency, name`,
  ])
  const checksOf = Map.groupBy(checks, (check) => check.currency)
  return [...Map.groupBy(rows, (row) => row.currency)].map(([currency, lines]) => ({
    currency,
    lines: lines.map(({ currency: _same, ...line }) => line),
    result: String(resultOf(lines.map(inNumbers))),
    checks: (checksOf.get(currency) ?? []).map(({ name, left, right }) => ({
      name,
      left,
      right,
      is_equal: left === right,
    })),
  }))
}

type TotalName = 'debits' | 'credits' | 'period_debits' | 'period_credits'

function inNumbers(row: Omit<PeriodLine, TotalName> & Record<TotalName, string>): PeriodLine {
  return {
    ...row,
    debits: BigInt(row.debits),
    credits: BigInt(row.credits),
    period_debits: BigInt(row.period_debits),
    period_credits: BigInt(row.period_credits),
  }
}

async function countAdjustments(sql: Queryable, period: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from ledger_proposals
    where kind = 'ADJUSTMENT' and status = 'DONE' and period between ${period} and ${`${period}-12`}`
  return row?.count ?? 0
}
