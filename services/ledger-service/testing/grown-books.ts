import type { Sql } from '#libs/sql/database.ts'
import { dayFrom } from '../src/domain/value-dates.ts'
import { accountIdOf } from '../src/own-accounts.ts'
import { snapshotDay } from '../src/store/daily-books.ts'

const FIRST_DAY = '2026-01-05'
const DAYS = 100
const SEALS_A_DAY = 20
const TRANSACTIONS = 30_000
export const GROWN_ACCOUNTS = 5_000

/** Books of some months, written straight into the tables: what they are asked, and how they grew. */
export interface GrownBooks {
  /** A customer's account, and the one that takes part in every tenth transaction. */
  readonly account: string
  readonly busy: string
  readonly first_day: string
  readonly today: string
  readonly last_seal: number
}

/** The id of the i-th account; the first one is the bank's cash. */
export function grownAccount(i: number): string {
  return i === 0 ? accountIdOf('CASH', 'EUR') : `00000000-0000-7000-8000-${i.toString(16).padStart(12, '0')}`
}

/**
 * 30,000 transactions between 5,001 accounts over 100 days, the last one open: journal, entries, keys, holds, seals and what they moved, and the
 * days as the end of day writes them down. Each 25th has its value three days before, each second one metadata.
 */
export async function growBooks({ owner, app }: { owner: Sql; app: Sql }): Promise<GrownBooks> {
  const today = dayFrom(FIRST_DAY, DAYS - 1)
  await owner`select ensure_month_partitions(t, ${FIRST_DAY}, 6) from unnest(array['entries', 'journal_transactions']) as t`
  await owner`insert into bank_clock (offset_ms, business_date) values (0, ${today})`
  await writeLegs(owner)
  await writeAccounts(owner)
  await writeBooked(owner)
  await writeSeals(owner)
  await writeHolds(owner)
  await writeEarlierLines(owner)
  for (let day = 0; day < DAYS - 1; day++) await app.begin((tx) => snapshotDay(tx, dayFrom(FIRST_DAY, day)))
  await owner`drop table legs`
  await owner`vacuum analyze`
  return {
    account: grownAccount(77),
    busy: grownAccount(0),
    first_day: FIRST_DAY,
    today,
    last_seal: DAYS * SEALS_A_DAY,
  }
}

/** Writes a customer's account on which each of so many entries was a credit of one cent; the entries are written by whoever wants them. */
export async function writeDepositAccount(
  owner: Sql,
  { id, entries, opened_on }: { id: string; entries: number; opened_on: string },
): Promise<void> {
  await owner`
    insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
      ledger_balance_cents, held_cents, entry_count, created_at)
    values (${id}, 'CUSTOMER_DEPOSITS', '', 'LIABILITY', 'CREDIT', 'EUR', 'OPEN', 0, ${entries}, 0, ${entries}, ${opened_on}::date)`
}

/** Entries that the account of everybody's payments has on each of its two days. */
export const BUSY_ENTRIES = 20_000

/** A busy day after the books were analyzed last: what the planner knows of it is nothing. */
export interface BusyDay {
  /** The day before, written down, and the busy one, which is open. */
  readonly written: string
  readonly open: string
  /** The account of everybody's payments: as many entries on the day before as on this one, each `credit` of one cent. */
  readonly hot: string
}

/**
 * Lets books end their last day with an account in it that has more entries than all others, and has the statistics told; then books a day on
 * which that account and all the others, in turn, get a cent each time, every hundredth with its value the day before, and tells nobody.
 */
export async function bookBusyDay({ owner, app }: { owner: Sql; app: Sql }, books: GrownBooks): Promise<BusyDay> {
  const [written, open, hot] = [books.today, dayFrom(books.today, 1), grownAccount(GROWN_ACCOUNTS + 1)]
  await writeDepositAccount(owner, { id: hot, entries: BUSY_ENTRIES, opened_on: FIRST_DAY })
  await owner`
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)
    select ${hot}, n, ${written}, (select ledger_transaction_id from journal_transactions limit 1), 2, false, 1, n, ${written}
    from generate_series(1, ${BUSY_ENTRIES}) as n`
  await app.begin((tx) => snapshotDay(tx, written))
  await owner`update bank_clock set business_date = ${open}`
  // Nothing that runs beside it may tell them either.
  const months = await owner<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relname like 'entries\\_%'`
  for (const { name } of months) await owner`alter table ${owner(name)} set (autovacuum_enabled = false)`
  // As it is where accounts have many entries a month.
  for (const { name } of months)
    await owner`alter table ${owner(name)} alter column ledger_account_id set (n_distinct = 20)`
  await owner`vacuum analyze`
  await owner`
    with booked as (
      select n, case when n % 2 = 0 then ${hot}::uuid else accounts[1 + (n / 2) % cardinality(accounts)] end as id
      from generate_series(0, ${2 * BUSY_ENTRIES - 1}) as n,
        (select array_agg(ledger_account_id order by ledger_account_id) as accounts from ledger_accounts where ledger_account_id <> ${hot}) others)
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)
    select id, entry_count + place, ${open}, (select ledger_transaction_id from journal_transactions limit 1),
      case normal_side when 'DEBIT' then 1 else 2 end, normal_side = 'DEBIT', 1, ledger_balance_cents + place,
      case when place % 100 = 0 then ${written}::date else ${open}::date end
    from (select *, row_number() over (partition by id order by n) as place from booked) b join ledger_accounts a on a.ledger_account_id = b.id
    order by n`
  await owner`
    update ledger_accounts a set entry_count = entry_count + e.entries, ledger_balance_cents = ledger_balance_cents + e.entries
    from (select ledger_account_id, count(*) as entries from entries where business_date = ${open} group by ledger_account_id) e
    where e.ledger_account_id = a.ledger_account_id`
  return { written, open, hot }
}

/** Both sides of every transaction, with what the account has after it. */
async function writeLegs(owner: Sql): Promise<void> {
  await owner`
    create table legs as
    with booked as (
      select n, ${FIRST_DAY}::date + (n * ${DAYS} / ${TRANSACTIONS}) as business_date, n * ${DAYS * SEALS_A_DAY} / ${TRANSACTIONS} + 1 as seal_no,
        case when n % 10 = 0 then 0 else 1 + (n * 7919) % ${GROWN_ACCOUNTS} end as debit, 1 + (n * 7919 + 1 + n % 97) % ${GROWN_ACCOUNTS} as credit,
        1 + n % 900 as cents
      from generate_series(0, ${TRANSACTIONS - 1}) as n),
    ids as (
      select *, (left(uuid_floor(business_date + interval '9 hours' + n % 300 * interval '1 second')::text, 14) || '7000-8000-' ||
        lpad(to_hex(n), 12, '0'))::uuid as id, case when n % 25 = 0 then business_date - 3 else business_date end as value_date from booked),
    sides as (
      select *, debit as account, 1 as ordinal, case when debit = 0 then cents else -cents end as signed from ids
      union all select *, credit, 2, cents from ids)
    select *, row_number() over history as sequence, sum(signed) over history as balance from sides
    window history as (partition by account order by n, ordinal)`
  await owner`alter table legs add column account_id uuid`
  await owner`
    update legs set account_id = case account when 0 then ${grownAccount(0)}::uuid
      else ('00000000-0000-7000-8000-' || lpad(to_hex(account), 12, '0'))::uuid end`
}

async function writeAccounts(owner: Sql): Promise<void> {
  await owner`
    insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
      ledger_balance_cents, held_cents, entry_count, created_at)
    select account_id, case account when 0 then 'CASH' else 'CUSTOMER_DEPOSITS' end, '', case account when 0 then 'ASSET' else 'LIABILITY' end,
      case account when 0 then 'DEBIT' else 'CREDIT' end, 'EUR', 'OPEN', 0, sum(signed), 0, count(*), ${FIRST_DAY}::date
    from legs group by account, account_id`
}

async function writeBooked(owner: Sql): Promise<void> {
  await owner`
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents,
      value_date)
    select account_id, sequence, business_date, id, ordinal, ordinal = 1, signed, balance, value_date from legs order by n, ordinal`
  await owner`
    insert into journal_transactions (ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency,
      debit_account_ids, credit_account_ids, amounts_cents, value_date, business_date, booked_at, correlation_id, sequences, balances_cents, metadata)
    select d.id, 'transaction-service', d.id, 'post', 'TRANSFER', 'TXN', 'a transfer', 'EUR', array[d.account_id], array[c.account_id],
      array[d.cents], d.value_date, d.business_date, d.business_date + interval '9 hours', '', array[d.sequence, c.sequence],
      array[d.balance, c.balance]::bigint[], case when d.n % 2 = 0 then jsonb_build_object('project', 'p' || d.n % 5000) end
    from legs d join legs c using (n) where d.ordinal = 1 and c.ordinal = 2 order by n`
  await owner`
    insert into ledger_steps (source, transaction_id, step, fingerprint, kind, resource_id)
    select 'transaction-service', id, 'post', '', 'postTransaction', id from legs where ordinal = 1`
}

/** Seals without their hashes: nothing here is proved, only found. */
async function writeSeals(owner: Sql): Promise<void> {
  await owner`
    insert into seals (seal_no, first_leaf, leaf_count, epoch, position, transaction_ids, entry_counts, through_id, leaf_hashes, previous_hash,
      root_hash, hash, sealed_at, business_date)
    select seal_no, min(n) * 2, count(*) * 2, 1, max(n), array_agg(id order by n), array_agg(2 order by n), (array_agg(id order by id desc))[1],
      decode(repeat('00', (count(*) * 64)::int), 'hex'), '', '', '', max(business_date) + seal_no * interval '1 second', max(business_date)
    from legs where ordinal = 1 group by seal_no`
  await owner`
    insert into gl_movements (seal_no, value_date, currency, gl_code, business_date, debits, credits, entries)
    select seal_no, value_date, 'EUR', case account when 0 then 'CASH' else 'CUSTOMER_DEPOSITS' end, business_date,
      coalesce(sum(cents) filter (where ordinal = 1), 0), coalesce(sum(cents) filter (where ordinal = 2), 0), count(*)
    from legs group by 1, 2, 4, 5`
  await owner`
    update seal_state set seal_no = ${DAYS * SEALS_A_DAY}, horizon = (select max(sealed_at) from seals), is_catching_up = false`
}

/** Ten years before, as the lines of the chart tell them: ten lines each day, each with something of the day before. */
async function writeEarlierLines(owner: Sql): Promise<void> {
  await owner`
    insert into gl_days (business_date, currency, gl_code, debits, credits, entries)
    select ${FIRST_DAY}::date - 3660 + day, 'USD', gl_code, day, day, day
    from generate_series(0, 3659) as day, (select gl_code from gl_accounts where kind = 'OWN' order by gl_code limit 10) own`
  await owner`
    insert into gl_shifts (currency, gl_code, business_date, value_date, debits, credits, entries)
    select currency, gl_code, business_date, business_date - 1, 1, 1, 1 from gl_days`
}

async function writeHolds(owner: Sql): Promise<void> {
  await owner`
    insert into holds (hold_id, ledger_account_id, transaction_id, amount_cents, captured_cents, currency, status, expires_at, placed_at,
      business_date)
    select id, account_id, id, cents, 0, 'EUR', case when n % 100 = 0 then 'ACTIVE' else 'RELEASED' end,
      business_date + interval '7 days', business_date, business_date
    from legs where ordinal = 2 and n % 2 = 0`
}
