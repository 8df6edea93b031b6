import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { encode } from '#libs/json/json.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Check, ClosingEntry, DaysOfBooks, Period, PeriodLine } from '../domain/accounting-periods.ts'
import type { AccountingPeriodRow } from '../tables.ts'

/** What the books say of their days, for whoever wants to close a period. */
export async function daysOfBooks(sql: Queryable): Promise<DaysOfBooks> {
  const [row] = await sql<(Omit<DaysOfBooks, 'closed_periods'> & { closed_periods: string[] })[]>`
    select (select min(business_date) from periods) as first_date, c.closed_through,
      (select max(business_date) from periods where status = 'CLOSED'
        and business_date < coalesce((select min(business_date) from periods where status <> 'CLOSED'), 'infinity')) as closed_day,
      array(select period from accounting_periods) as closed_periods
    from bank_clock c`
  if (row === undefined) throw new Error('the bank clock has no row')
  return { ...row, closed_periods: new Set(row.closed_periods) }
}

/** A month or a year that is closed or being closed, locked where asked. */
export async function findPeriod(
  sql: Queryable,
  period: string,
  options: { lock?: boolean } = {},
): Promise<AccountingPeriodRow | undefined> {
  const [row] = await sql<AccountingPeriodRow[]>`
    select * from accounting_periods where period = ${period} ${options.lock === true ? sql`for update` : sql``}`
  return row
}

/** Begins to close a period: what is left to do for it is its step. */
export async function insertPeriod(tx: Tx, period: Period, proposal_id: string, now: Date): Promise<void> {
  await tx`
    insert into accounting_periods ${tx({
      ...period,
      status: 'CLOSING',
      step: period.kind === 'YEAR' ? 'CLOSING_ENTRIES' : 'REPORTS',
      proposal_id,
      began_at: now,
      settled_at: now,
    })}`
}

/** Goes on to the next step. */
export async function setStep(
  tx: Queryable,
  { period }: Pick<AccountingPeriodRow, 'period'>,
  step: 'CARRY_OVER' | 'REPORTS',
  settled_at: Date,
): Promise<void> {
  await tx`update accounting_periods set step = ${step}, settled_at = ${settled_at} where period = ${period} and status = 'CLOSING'`
}

/** Keeps the closing entries of a year before any is booked, so that they are the same however often the booking is tried. */
export async function writeClosingEntries(tx: Tx, period: string, entries: readonly ClosingEntry[]): Promise<void> {
  if (entries.length === 0) return
  await tx`
    insert into closing_entries (period, currency, gl_code, credit_balance_cents)
    select ${period}, * from json_to_recordset(${encode(entries)}::text::json)
      as entry (currency text, gl_code text, credit_balance_cents bigint)`
}

/** The closing entries of a year, in their order. */
export async function readClosingEntries(
  sql: Queryable,
  period: string,
): Promise<(ClosingEntry & { ledger_transaction_id: string | null })[]> {
  return await sql<(ClosingEntry & { ledger_transaction_id: string | null })[]>`
    select currency, gl_code, credit_balance_cents, ledger_transaction_id from closing_entries
    where period = ${period} order by currency, gl_code`
}

/** Says by which transaction closing entries were booked. */
export async function linkClosingEntries(
  sql: Queryable,
  period: string,
  {
    currency,
    gl_codes,
    ledger_transaction_id,
  }: { currency: string; gl_codes: string[]; ledger_transaction_id: string },
): Promise<void> {
  await sql`
    update closing_entries set ledger_transaction_id = ${ledger_transaction_id}
    where period = ${period} and currency = ${currency} and gl_code = any(${gl_codes}::text[])`
}

/** Closes a period for good, with what its books said and what was compared, and tells it. */
export async function finishPeriod(
  tx: Tx,
  { period, kind, last_date }: AccountingPeriodRow,
  found: { lines: readonly PeriodLine[]; checks: readonly Check[]; known_at: Date; closed_at: Date },
): Promise<void> {
  const { lines, checks, known_at, closed_at } = found
  await Promise.all([
    tx`
      insert into accounting_period_lines (period, currency, gl_code, account_type, debits, credits, period_debits, period_credits)
      select ${period}, * from json_to_recordset(${encode(lines)}::text::json) as line (currency text, gl_code text, account_type text,
        debits numeric, credits numeric, period_debits numeric, period_credits numeric)`,
    tx`
      insert into accounting_period_checks (period, currency, name, left_side, right_side)
      select ${period}, * from json_to_recordset(${encode(checks.map(({ left, right, ...check }) => ({ ...check, left_side: left, right_side: right })))}::text::json)
        as compared (currency text, name text, left_side numeric, right_side numeric)`,
    tx`
      update accounting_periods set status = 'CLOSED', step = null, known_at = ${known_at}, closed_at = ${closed_at}
      where period = ${period}`,
    publish(tx, occurred(ledgerPeriodClosed, { period, kind, business_date: last_date, is_month_end: false })),
  ])
}
