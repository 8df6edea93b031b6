import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { encode } from '#libs/json/json.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Check, ClosingEntry, DaysOfBooks, Period, PeriodLine, Sealed } from '../domain/accounting-periods.ts'
import type { AccountingPeriodRow } from '../tables.ts'
import { newestEvent } from './seals/seal-committed.ts'

/** What the books say of their days, for whoever wants to close a period. */
export async function daysOfBooks(sql: Queryable): Promise<DaysOfBooks> {
  const [row] = await sql<
    (Pick<DaysOfBooks, 'first_date' | 'closed_through' | 'closed_day'> & Record<Closes, string[]>)[]
  >`
    select (select min(business_date) from periods) as first_date, c.closed_through,
      (select max(business_date) from periods where status = 'CLOSED'
        and business_date < coalesce((select min(business_date) from periods where status <> 'CLOSED'), 'infinity')) as closed_day,
      array(select period from accounting_periods) as closed_periods,
      array(select period from accounting_periods where status <> 'CLOSED') as being_closed
    from bank_clock c`
  if (row === undefined) throw new Error('the bank clock has no row')
  return { ...row, closed_periods: new Set(row.closed_periods), being_closed: new Set(row.being_closed) }
}

type Closes = 'closed_periods' | 'being_closed'

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

/** Begins to close a period: what is left to do for it is its step. Nobody books meanwhile, so what was booked before is known. */
export async function insertPeriod(tx: Tx, period: Period, proposal_id: string, now: Date): Promise<void> {
  const settled_event = await newestEvent(tx)
  await tx`
    insert into accounting_periods ${tx({
      ...period,
      status: 'CLOSING',
      step: period.kind === 'YEAR' ? 'CLOSING_ENTRIES' : 'REPORTS',
      proposal_id,
      began_at: now,
      settled_at: now,
      settled_event,
    })}`
}

/** Goes on from one step to the next; from where another instance has gone on already, nowhere. */
export async function setStep(
  tx: Tx,
  { period, step: from }: Pick<AccountingPeriodRow, 'period' | 'step'>,
  step: NonNullable<AccountingPeriodRow['step']>,
  settled_at: Date,
): Promise<void> {
  await tx`
    update accounting_periods set step = ${step}, settled_at = ${settled_at}, settled_event = ${await newestEvent(tx)}
    where period = ${period} and step = ${from}`
}

/** The closing entries are booked, all of them: one who comes late finds those of the next round, and leaves them. */
export async function endCarryOver(sql: Queryable, period: string, settled_at: Date): Promise<void> {
  await sql`
    update accounting_periods set step = 'REPORTS', settled_at = ${settled_at}, settled_event = ${await newestEvent(sql)}
    where period = ${period} and step = 'CARRY_OVER'
      and not exists (select from closing_entries where period = ${period} and ledger_transaction_id is null)`
}

/** Keeps a round of closing entries before any is booked, so that they are the same however often the booking is tried. */
export async function writeClosingEntries(tx: Tx, period: string, entries: readonly ClosingEntry[]): Promise<void> {
  if (entries.length === 0) return
  await tx`
    insert into closing_entries (period, round, currency, gl_code, credit_balance_cents, result_gl_code)
    select ${period}, (select coalesce(max(round), 0) + 1 from closing_entries where period = ${period}), *
    from json_to_recordset(${encode(entries)}::text::json)
      as entry (currency text, gl_code text, credit_balance_cents bigint, result_gl_code text)`
}

type BookedEntry = ClosingEntry & { readonly round: number; readonly ledger_transaction_id: string | null }

/** The closing entries of a year, in their order. */
export async function readClosingEntries(sql: Queryable, period: string): Promise<BookedEntry[]> {
  return await sql<BookedEntry[]>`
    select round, currency, gl_code, credit_balance_cents, result_gl_code, ledger_transaction_id from closing_entries
    where period = ${period} order by round, currency, gl_code`
}

/** Says by which transaction closing entries were booked. */
export async function linkClosingEntries(
  sql: Queryable,
  period: string,
  booked: { round: number; currency: string; gl_codes: string[]; ledger_transaction_id: string },
): Promise<void> {
  const { round, currency, gl_codes, ledger_transaction_id } = booked
  await sql`
    update closing_entries set ledger_transaction_id = ${ledger_transaction_id}
    where period = ${period} and round = ${round} and currency = ${currency} and gl_code = any(${gl_codes}::text[])`
}

/** The last close up to a day, for a later one to begin from: up to which seal it knew the journal, and what that says. */
export async function findEarlierClose(
  sql: Queryable,
  last_date: string,
): Promise<{ seal_no: number; sealed: Sealed[] } | undefined> {
  const [close] = await sql<{ period: string; seal_no: number }[]>`
    select period, seal_no::float8 as seal_no from accounting_periods
    where status = 'CLOSED' and seal_no > 0 and last_date <= ${last_date}::date order by last_date desc, seal_no desc limit 1`
  if (close === undefined) return undefined
  const rows = await sql<(Omit<Sealed, 'debits' | 'credits'> & { debits: string; credits: string })[]>`
    select p.last_date as value_date, currency, gl_code, debits::text, credits::text
    from accounting_period_lines join accounting_periods p using (period) where period = ${close.period}
    union all
    select value_date, currency, gl_code, debits::text, credits::text from accounting_period_ahead where period = ${close.period}`
  const sealed = rows.map((row) => ({ ...row, debits: BigInt(row.debits), credits: BigInt(row.credits) }))
  return { seal_no: close.seal_no, sealed }
}

/** What the books said when a period was closed. */
export interface Closed {
  readonly lines: readonly PeriodLine[]
  readonly checks: readonly Check[]
  /** What counts on later days, as sealed. */
  readonly ahead: readonly Sealed[]
  readonly known_at: Date
  readonly seal_no: number
  readonly closed_at: Date
}

/** Closes a period for good, with what its books said and what was compared, and tells it. */
export async function finishPeriod(
  tx: Tx,
  { period, kind, last_date }: AccountingPeriodRow,
  { lines, checks, ahead, known_at, seal_no, closed_at }: Closed,
): Promise<void> {
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
      insert into accounting_period_ahead (period, value_date, currency, gl_code, debits, credits)
      select ${period}, * from json_to_recordset(${encode(ahead)}::text::json)
        as ahead (value_date date, currency text, gl_code text, debits numeric, credits numeric)`,
    tx`
      update accounting_periods set status = 'CLOSED', step = null, known_at = ${known_at}, seal_no = ${seal_no}, closed_at = ${closed_at}
      where period = ${period}`,
    publish(tx, occurred(ledgerPeriodClosed, { period, kind, business_date: last_date, is_month_end: false })),
  ])
}
