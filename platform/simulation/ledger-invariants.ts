import type { Sql } from '#libs/sql/database.ts'
import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import type { Asking, Wish } from './clients.ts'
import { type Invariants, outboxFaults, rowsDigest } from './invariants.ts'
import { followPeriods, periodFaults, proposalFaults, totalFaults, unfinished } from './period-invariants.ts'
import { followSeals, unsealed } from './seal-invariants.ts'
import { requireNone } from './violation.ts'

/** The entry that an account's next one follows. */
interface LastEntry {
  sequence: bigint
  balance_cents: bigint
  business_date: string
}
interface EntryRow extends LastEntry {
  ledger_account_id: string
  ledger_transaction_id: string
  signed_cents: bigint
  is_debit: boolean
  currency: string
  /** How many its transaction has. */
  entries: number | null
}

/** The invariants of a ledger's database, read by a role that may read everything. */
export function ledgerInvariants(sql: Sql): Invariants {
  const last = new Map<string, LastEntry>()
  const checkSeals = followSeals(sql)
  const checkPeriods = followPeriods(sql)
  return {
    async checkNews() {
      requireNone('each account is as its entries and holds say', await accountsThatDiffer(sql))
      requireNone('each currency nets to zero', await currenciesThatDiffer(sql))
      await checkPeriods(await followEntries(sql, last))
    },
    async checkAll() {
      requireNone('what is computed anew is what is kept', await recompute(sql))
      requireNone('each transaction is booked once, reversed once, and told once', await journalFaults(sql))
      requireNone('holds are captured in time and for what was taken', await holdFaults(sql))
      requireNone('events have dense positions', await outboxFaults(sql))
      requireNone('days are closed one after the other, at zero', await dayFaults(sql))
      requireNone('what two persons want is done once, and nothing else', await proposalFaults(sql))
      requireNone('periods are closed as approved, in their order', await periodFaults(sql))
      requireNone('a closed period is as its entries say', await totalFaults(sql))
      await checkSeals()
    },
    checkHeard: (wish) => checkHeard(sql, wish),
    leftUndone: async () => [...(await leftUndone(sql)), ...(await unsealed(sql)), ...(await unfinished(sql))],
    checkRest: async () => {},
    digest: () => rowsDigest(sql),
  }
}

/** Entries since the last look: each follows the one before it, and each transaction among them is whole. Returns their transactions. */
async function followEntries(sql: Sql, last: Map<string, LastEntry>): Promise<ReadonlySet<string>> {
  const known = [...last]
  const fresh = await sql<EntryRow[]>`
    select e.ledger_account_id, e.sequence, e.ledger_transaction_id, e.signed_cents, e.balance_cents, e.business_date, e.is_debit, a.currency,
      2 * cardinality(j.amounts_cents) as entries
    from ledger_accounts a
    left join unnest(${known.map(([id]) => id)}::uuid[], ${known.map(([, { sequence }]) => String(sequence))}::text[]) as known (id, sequence)
      on id = a.ledger_account_id
    join entries e on e.ledger_account_id = a.ledger_account_id and e.sequence > coalesce(known.sequence::bigint, 0)
    left join journal_transactions j using (ledger_transaction_id)
    order by e.ledger_account_id, e.sequence`
  const wrong = fresh.filter((entry) => {
    const before = last.get(entry.ledger_account_id) ?? { sequence: 0n, balance_cents: 0n, business_date: '' }
    last.set(entry.ledger_account_id, entry)
    return (
      entry.sequence !== before.sequence + 1n ||
      entry.balance_cents !== before.balance_cents + entry.signed_cents ||
      entry.business_date < before.business_date
    )
  })
  requireNone('each entry follows the one before it', wrong)
  const transactions = Map.groupBy(fresh, (entry) => entry.ledger_transaction_id)
  const torn = [...transactions.values()].filter(
    (entries) => entries.length !== entries[0]?.entries || !isBalanced(entries),
  )
  requireNone('each transaction is whole and balanced in each currency', torn.flat())
  return new Set(transactions.keys())
}

function isBalanced(entries: readonly EntryRow[]): boolean {
  const sums = new Map<string, bigint>()
  for (const { currency, is_debit, signed_cents } of entries) {
    const cents = signed_cents < 0n ? -signed_cents : signed_cents
    sums.set(currency, (sums.get(currency) ?? 0n) + (is_debit ? cents : -cents))
  }
  return [...sums.values()].every((sum) => sum === 0n)
}

function accountsThatDiffer(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select a.ledger_account_id, ledger_balance_cents, newest.balance_cents, entry_count, newest.sequence, held_cents, held.cents as holds_cents
    from ledger_accounts a
    left join lateral (
      select balance_cents, sequence from entries e where e.ledger_account_id = a.ledger_account_id
      order by sequence desc limit 1) newest on true
    left join lateral (
      select sum(amount_cents - captured_cents)::bigint as cents from holds h
      where h.ledger_account_id = a.ledger_account_id and status = 'ACTIVE') held on true
    where ledger_balance_cents <> coalesce(newest.balance_cents, 0) or entry_count <> coalesce(newest.sequence, 0)
      or held_cents <> coalesce(held.cents, 0) or ledger_balance_cents - held_cents < -overdraft_limit_cents`
}

function currenciesThatDiffer(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select currency, sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end) as difference
    from ledger_accounts group by currency
    having sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end) <> 0`
}

function journalFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'step booked twice' as fault, transaction_id::text || ' ' || step as about from journal_transactions
    group by source, transaction_id, step having count(*) > 1
    union all
    select 'reversed twice', reversal_of::text from journal_transactions where reversal_of is not null group by reversal_of having count(*) > 1
    union all
    select 'reversal without its link', ledger_transaction_id::text from journal_transactions j
    where reversal_of is not null and not exists (
      select from reversals r where r.original_id = j.reversal_of and r.reversal_id = j.ledger_transaction_id)
    union all
    select 'refused and booked', j.ledger_transaction_id::text
    from journal_transactions j join ledger_steps s using (source, transaction_id, step) where s.refusal is not null
    union all
    select 'booked without its key', ledger_transaction_id::text from journal_transactions j
    where not exists (
      select from ledger_steps s where s.source = j.source and s.transaction_id = j.transaction_id and s.step = j.step
        and s.resource_id = j.ledger_transaction_id)
    union all
    select 'not told once', coalesce(j.ledger_transaction_id::text, told.subject)
    from journal_transactions j
    full join (select subject, count(*) as times from outbox_events where type = 'ledger.transaction.posted' group by subject) told
      on told.subject = j.ledger_transaction_id::text
    where j.ledger_transaction_id is null or told.times is distinct from 1`
}

function holdFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'captured after its time' as fault, h.hold_id, h.expires_at, j.booked_at
    from journal_transactions j join holds h using (hold_id) where j.booked_at >= h.expires_at
    union all
    select 'captured for another amount', h.hold_id, null, null from holds h
    where captured_cents <> coalesce((
      select sum(-e.signed_cents) from journal_transactions j join entries e using (ledger_transaction_id)
      where j.hold_id = h.hold_id and e.ledger_account_id = h.ledger_account_id and e.signed_cents < 0), 0)`
}

function dayFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select t.business_date::text, t.currency::text as about, debits::text, credits::text from period_totals t where debits <> credits
    union all
    select p.business_date::text, p.status, null, null from periods p, bank_clock c
    where (p.status = 'OPEN') <> (p.business_date = c.business_date)
    union all
    select p.business_date::text, 'a hole before it', null, null from periods p
    where p.business_date > (select min(business_date) from periods)
      and not exists (select from periods b where b.business_date = p.business_date - 1)
    union all
    select r.business_date::text, 'FAILED', null, null from reconciliations r where r.status = 'FAILED'`
}

/** What a reply names: it must be there when a client hears of it. */
interface Named {
  ledger_transaction_id?: string
  hold_id?: string | null
  transaction?: { ledger_transaction_id: string }
  hold?: { hold_id: string }
  items?: readonly { ledger_transaction_id?: string }[]
  proposal_id?: string
  status?: string
}

async function checkHeard(sql: Sql, { name, outcome, isKept, askings }: Wish): Promise<void> {
  if (outcome === undefined) return
  const reply = (outcome.reply ?? {}) as Named
  if (reply.proposal_id !== undefined) return checkProposal(sql, name, reply)
  const { ledger_transaction_id, hold_id, transaction, hold, items = [] } = reply
  const transactions = [
    ledger_transaction_id,
    transaction?.ledger_transaction_id,
    ...items.map((item) => item.ledger_transaction_id),
  ]
  const ids = transactions.filter((id) => typeof id === 'string')
  const holds = [hold_id, hold?.hold_id].filter((id) => typeof id === 'string')
  const missing = await sql`
    select id from unnest(${ids}::uuid[]) as heard (id)
    where not exists (select from journal_transactions where ledger_transaction_id = id)
    union all
    select id from unnest(${holds}::uuid[]) as heard (id) where not exists (select from holds where hold_id = id)`
  requireNone('what a client heard of is in the books', missing.length === 0 ? [] : [{ name, outcome }])
  const asking = askings[outcome.asking] as Asking
  // Keys in a header are asked for again at the end; those of steps stand with what was decided under them.
  if (!isKept || asking.key !== undefined) return
  const { body } = asking.input as { body: { transaction_id: string; step: string } }
  const [kept] = await sql<{ is_refused: boolean }[]>`
    select refusal is not null as is_refused from ledger_steps where transaction_id = ${body.transaction_id} and step = ${body.step}`
  const isSo = kept?.is_refused === (outcome.code !== undefined)
  requireNone('what a client heard is remembered', isSo ? [] : [{ name, outcome, kept }])
}

/** A proposal that was heard of is there, and no less decided than it was said to be. */
async function checkProposal(sql: Sql, name: string, { proposal_id, status }: Named): Promise<void> {
  const [row] = await sql<
    { status: string }[]
  >`select status from ledger_proposals where proposal_id = ${String(proposal_id)}`
  const isCarriedOut = row?.status === 'DONE' || row?.status === 'REFUSED'
  const isSo = row?.status === status || status === 'PENDING' || (status === 'APPROVED' && isCarriedOut)
  requireNone('what a client heard of is in the books', row !== undefined && isSo ? [] : [{ name, status, row }])
}

async function leftUndone(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'an event without a position' as what from outbox where position is null
    union all
    select 'a day that is not closed' from end_of_day_runs where status <> 'COMPLETED'
    union all
    select 'a clock on its way' from bank_clock where moving_to is not null
    union all
    select 'an ordered reconciliation' from reconciliations where status = 'RUNNING'`
}
