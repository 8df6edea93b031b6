import type { Sql } from '#libs/sql/database.ts'
import { passesClosing } from '#services/ledger-service/src/domain/proposals.ts'
import { requireNone } from './violation.ts'

interface Decided {
  proposal_id: string
  status: string
  /** What became of it. */
  outcome: string
}
interface Booked {
  ledger_transaction_id: string
  source: string
  step: string
  value_date: string
}

/** What a proposal may become, from what it was when it was last looked at. */
const BECOMES: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['PENDING', 'APPROVED', 'DONE', 'REFUSED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'],
  APPROVED: ['APPROVED', 'DONE', 'REFUSED'],
}

/** Follows what people decide from look to look: what ended stays as it ended, and what is closed is closed. */
export function followPeriods(sql: Sql): (fresh: ReadonlySet<string>) => Promise<void> {
  const known = new Map<string, Decided>()
  const closed = new Map<string, string>()
  let closed_through: string | null = null
  return async (fresh) => {
    requireNone('what people decided ends once', await changedEnds(sql, known))
    requireNone('a closed period stays as it was closed', await changedPeriods(sql, closed))
    // Who began to close a period waited for all who were booking: whatever was not there before came after it.
    const before: string | null = closed_through
    const [clock] = await sql<{ closed_through: string | null }[]>`select closed_through from bank_clock`
    closed_through = clock?.closed_through ?? null
    if (before === null || fresh.size === 0) return
    const booked = await sql<Booked[]>`
      select ledger_transaction_id, source, step, value_date from journal_transactions
      where ledger_transaction_id = any(${[...fresh]}::uuid[]) and value_date <= ${before}::date`
    const wrong = booked.filter(({ source, step }) => !passesClosing(source, step))
    requireNone('nothing but adjustments and closing entries is booked into a closed period', wrong)
  }
}

async function changedEnds(sql: Sql, known: Map<string, Decided>): Promise<unknown[]> {
  const ended = [...known.values()].filter(({ status }) => BECOMES[status] === undefined)
  const rows = await sql<Decided[]>`
    select proposal_id, status, concat_ws(' ', decided_by, carried_out_at, ledger_transaction_id, hold_id, refusal_code) as outcome
    from ledger_proposals order by proposal_id`
  const ids = new Set(rows.map(({ proposal_id }) => proposal_id))
  const wrong: unknown[] = ended.filter(({ proposal_id }) => !ids.has(proposal_id))
  for (const row of rows) {
    const before = known.get(row.proposal_id)
    known.set(row.proposal_id, row)
    if (before === undefined) continue
    const next = BECOMES[before.status]
    const isSame = before.status === row.status && before.outcome === row.outcome
    if (next === undefined ? !isSame : !next.includes(row.status)) wrong.push({ before, now: row })
  }
  return wrong
}

async function changedPeriods(sql: Sql, closed: Map<string, string>): Promise<unknown[]> {
  const rows = await sql<{ period: string; row: string }[]>`
    select period, (p.*)::text as row from accounting_periods p where status = 'CLOSED' order by period`
  const now = new Map(rows.map(({ period, row }) => [period, row]))
  const wrong = [...closed].filter(([period, row]) => now.get(period) !== row)
  for (const [period, row] of now) closed.set(period, row)
  return wrong
}

/** What was approved is done once, or refused and not done; who proposed does not decide; each is told once. */
export function proposalFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    with made as (
      select transaction_id as proposal_id, ledger_transaction_id as id, case step when 'adjustment' then 'ADJUSTMENT' else 'TRANSACTION' end as kind
      from journal_transactions where source = 'ledger-service' and step not like 'closing\\_%'
      union all
      select transaction_id, hold_id, 'HOLD' from holds where transaction_id in (select proposal_id from ledger_proposals)),
    told as (
      select subject, type, count(*) as times from outbox_events where type like 'ledger.proposal.%' group by subject, type)
    select 'carried out twice' as fault, proposal_id::text as about, null as status from made group by proposal_id having count(*) > 1
    union all
    select 'carried out without approval', m.proposal_id::text, p.status from made m left join ledger_proposals p using (proposal_id)
    where p.status is null or p.status not in ('APPROVED', 'DONE') or p.kind <> m.kind
    union all
    select 'not done', proposal_id::text, status from ledger_proposals p
    where status = 'DONE' and kind <> 'PERIOD_CLOSE' and not exists (
      select from made m where m.proposal_id = p.proposal_id and m.id = coalesce(p.ledger_transaction_id, p.hold_id))
    union all
    select 'refused without a reason', proposal_id::text, status from ledger_proposals
    where (status = 'REFUSED') <> (refusal_code is not null and refusal_detail is not null)
    union all
    select 'decided by who proposed it', proposal_id::text, status from ledger_proposals where decided_by = proposed_by and status <> 'WITHDRAWN'
    union all
    select 'not told once', proposal_id::text, status from ledger_proposals p
    left join told m on m.subject = p.proposal_id::text and m.type = 'ledger.proposal.made'
    left join told d on d.subject = p.proposal_id::text and d.type = 'ledger.proposal.decided'
    where m.times is distinct from 1 or coalesce(d.times, 0) <> case status when 'PENDING' then 0 else 1 end`
}

/** Periods are closed in their order, each by its proposal, with what the journal says of them and nothing that came too late. */
export function periodFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'closed otherwise than approved' as fault, coalesce(a.period, p.period) as about, concat_ws(' ', p.status, a.status) as what
    from ledger_proposals p full join accounting_periods a using (proposal_id)
    where (p.kind = 'PERIOD_CLOSE' or a.period is not null) and case a.status
      when 'CLOSING' then p.status <> 'APPROVED'
      when 'CLOSED' then p.status not in ('APPROVED', 'DONE')
      else p.status = 'DONE' end
    union all
    select 'not told once', period, status from accounting_periods a
    where (select count(*) from outbox_events where type = 'ledger.period.closed' and subject = a.period) <> case status when 'CLOSED' then 1 else 0 end
    union all
    select 'a month that is open before it', period, status from accounting_periods a
    where kind = 'MONTH' and first_date > (select min(business_date) from periods)
      and not exists (select from accounting_periods b where b.kind = 'MONTH' and b.last_date = a.first_date - 1)
    union all
    select 'its last month is open', period, status from accounting_periods a
    where kind = 'YEAR' and not exists (select from accounting_periods b where b.kind = 'MONTH' and b.last_date = a.last_date)
    union all
    select 'a check that failed', period, concat_ws(' ', currency, name, left_side, right_side) from accounting_period_checks where left_side <> right_side
    union all
    select 'the clock says another day', null, closed_through::text from bank_clock
    where closed_through is distinct from (select max(last_date) from accounting_periods where kind = 'MONTH')`
}

/** Closed periods whose totals are not those of what was sealed by then, or that have more than adjustments since. */
export function totalFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    with sealed as (select seal_no, unnest(transaction_ids) as ledger_transaction_id from seals),
    booked as (
      select j.ledger_transaction_id, j.value_date, s.seal_no, j.source = 'ledger-service' and j.step like 'closing\\_%' as is_closing,
        j.source = 'ledger-service' and j.step = 'adjustment' as is_adjustment
      from journal_transactions j left join sealed s using (ledger_transaction_id)),
    lines as (
      select p.period, a.currency, a.gl_code, e.is_debit, abs(e.signed_cents) as cents, b.value_date >= p.first_date and not b.is_closing as is_in
      from accounting_periods p
      join booked b on b.value_date <= p.last_date and b.seal_no <= p.seal_no
      join entries e using (ledger_transaction_id) join ledger_accounts a using (ledger_account_id)
      where p.status = 'CLOSED'),
    anew as (
      select period, currency, gl_code, sum(cents) filter (where is_debit) as debits, sum(cents) filter (where not is_debit) as credits,
        sum(cents) filter (where is_debit and is_in) as period_debits, sum(cents) filter (where not is_debit and is_in) as period_credits
      from lines group by period, currency, gl_code)
    select 'totals' as fault, concat_ws(' ', period, currency, gl_code) as about,
      concat_ws(' ', l.debits, l.credits, l.period_debits, l.period_credits) as kept,
      concat_ws(' ', n.debits, n.credits, n.period_debits, n.period_credits) as anew
    from anew n full join accounting_period_lines l using (period, currency, gl_code)
    where (coalesce(n.debits, 0), coalesce(n.credits, 0), coalesce(n.period_debits, 0), coalesce(n.period_credits, 0))
      is distinct from (coalesce(l.debits, 0), coalesce(l.credits, 0), coalesce(l.period_debits, 0), coalesce(l.period_credits, 0))
    union all
    select 'booked too late', concat_ws(' ', p.period, b.ledger_transaction_id), b.value_date::text, b.seal_no::text
    from accounting_periods p join booked b on b.value_date <= p.last_date and (b.seal_no is null or b.seal_no > p.seal_no)
    where p.status = 'CLOSED' and not b.is_adjustment and not (b.is_closing and p.kind = 'MONTH')`
}

/** What was approved and is not carried out, and what is on its way to be closed. */
export function unfinished(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'an approved proposal' as what, proposal_id::text as about from ledger_proposals where status = 'APPROVED'
    union all
    select 'a period that is being closed', period from accounting_periods where status <> 'CLOSED'`
}
