import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { postTransaction } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Queryable, Sql, Tx } from '#libs/sql/database.ts'
import type { Explained } from '../../../testing/explained.ts'
import { type GrownBooks, grownAccount, writeDepositAccount } from '../../../testing/grown-books.ts'
import { type GrownPlans, looksIn, monthsIn, openGrownPlans } from '../../../testing/grown-plans.ts'
import { dayFrom, LAST_DATE } from '../../domain/value-dates.ts'
import { listHolds } from '../../operations/holds/list-holds.ts'
import { getClosingBalances } from '../../operations/reports/get-closing-balances.ts'
import { findAccounts, lockAccounts } from '../accounts.ts'
import { findHolds, lockHolds } from '../holds.ts'
import { findTransactions } from '../journal.ts'
import { reconcileSlice, reconcileTouched } from '../reconcile-slice.ts'
import { type Places, searchTransactions, transactionsOfAccounts } from '../search-transactions.ts'
import { stepKeys } from '../steps.ts'
import { accountBalanceAsOf } from './account-as-of.ts'
import { accountCut, journalCut } from './cuts.ts'
import { entriesPage } from './entry-pages.ts'
import { lineTotalsAsOf } from './gl-as-of.ts'
import { movedDays } from './gl-detail.ts'
import { valuePage } from './value-pages.ts'

describe('the plans of what is asked most, over books that grew for months', () => {
  let plans: GrownPlans
  let owner: Sql
  let app: Sql
  let books: GrownBooks
  let within: GrownPlans['within']

  before(async () => {
    plans = await openGrownPlans()
    ;({ owner, app, books, within } = plans)
  })
  after(() => plans?.end())

  const someAccounts = Array.from({ length: 64 }, (_, i) => grownAccount(i * 70))
  const cutOfAccount = async (sql: Queryable, id: string) => {
    const account = (await findAccounts(sql, [id])).get(id)
    assert.ok(account !== undefined)
    return { account, cut: await accountCut(sql, account, undefined) }
  }

  test('1 locking accounts: the row of each', async () => {
    await within(2 * 64, (sql) => lockAccounts(sql as Tx, someAccounts))
  })

  test('2 claiming keys: one row each, and an index that finds the ones before', async () => {
    const keys = stepKeys(postTransaction)
    const [found] = await app<{ id: string }[]>`select transaction_id as id from ledger_steps limit 1`
    const key = (id: string) => ({ caller: 'transaction-service', operation: 'step', key: `${id}/post` })
    const claimed = { ...key(newId()), fingerprint: Buffer.from('f'), resource_id: newId() }
    await within(70, (sql) => keys.claim(sql as Tx, [claimed as never]))
    await within(4, (sql) => keys.find(sql, [key(found?.id as string)]))
  })

  test('3 balances: the row of each', async () => {
    await within(2 * 8, (sql) => findAccounts(sql, someAccounts.slice(0, 8)))
  })

  test('4 the newest page of a history: its rows, in their months and no other', async () => {
    for (const id of [books.busy, books.account]) {
      const { account, cut } = await cutOfAccount(app, id)
      const told = await within(4 * 50, (sql) => entriesPage(sql, account, cut, { limit: 50 }))
      if (id === books.busy) assert.equal(monthsIn(told).length, 1)
    }
  })

  test('5 a page deep in a history: its rows, in their months and no other', async () => {
    const { account, cut } = await cutOfAccount(app, books.busy)
    const near = dayFrom(books.first_day, 45)
    const [middle] = await app<{ sequence: number }[]>`
      select last_sequence::float8 as sequence from daily_balances where ledger_account_id = ${books.busy} and business_date = ${near}`
    for (const side of ['before', 'after'])
      for (const order of ['newest', 'oldest'] as const) {
        const query = { limit: 50, order, cursor: `${side}.${middle?.sequence}.${near}` }
        const told = await within(4 * 50, (sql) => entriesPage(sql, account, cut, query))
        assert.equal(monthsIn(told).length, 1)
      }
  })

  test('6 a history between dates: its rows, in their months and no other', async () => {
    const { account, cut } = await cutOfAccount(app, books.busy)
    const from = dayFrom(books.first_day, 30)
    for (const order of ['newest', 'oldest'] as const) {
      const query = { from, to: dayFrom(from, 3), order, limit: 50 }
      const told = await within(4 * 50, (sql) => entriesPage(sql, account, cut, query))
      assert.equal(monthsIn(told).length, 1)
    }
  })

  test('a page in the order of value dates: its rows, and the days around them', async () => {
    const { account, cut } = await cutOfAccount(app, books.account)
    await within(200, (sql) => valuePage(sql, account, cut, { limit: 20 }))
    const busy = await cutOfAccount(app, books.busy)
    const from = dayFrom(books.first_day, 30)
    await within(300, (sql) => valuePage(sql, busy.account, busy.cut, { from, order: 'oldest', limit: 20 }))
  })

  test('a page in the order of value dates of an account with thousands of entries a day: its rows, wherever in a day it begins', async () => {
    const [written, today] = [dayFrom(books.first_day, 60), books.today]
    const id = newId()
    await writeBusyAccount(owner, { id, days: [written, today] })
    const { account, cut } = await cutOfAccount(app, id)
    const tomorrow = dayFrom(today, 1)
    for (const query of [
      { order: 'newest' },
      { order: 'oldest' },
      { order: 'newest', to: today },
      { order: 'oldest', from: today },
      { order: 'newest', to: dayFrom(written, 1) },
      { order: 'newest', to: written },
      { order: 'oldest', from: written, to: written },
      { order: 'newest', from: tomorrow, to: tomorrow },
      { order: 'newest', cursor: `before.${written}.${BUSY / 2}.0` },
      { order: 'oldest', cursor: `after.${written}.${BUSY / 2}.0` },
      { order: 'newest', cursor: `before.${today}.${BUSY * 1.5}.0` },
      { order: 'oldest', cursor: `after.${today}.${BUSY * 1.5}.0` },
    ] as const) {
      const found: number[] = []
      await within(300, async (sql) => {
        const page = await valuePage(sql, account, cut, { ...query, limit: 10 })
        found.push(...page.items.map((item) => item.sequence))
      })
      assert.equal(found.length, 10, JSON.stringify(query))
    }
  })

  test('a page in the order of value dates of an account whose entries all have their value elsewhere: what there is, however many days lie before', async () => {
    const [id, days, value_date] = [newId(), 300, '2025-05-01']
    await writeShiftedAccount(owner, { id, days, value_date })
    const { account, cut } = await cutOfAccount(app, id)
    for (const order of ['newest', 'oldest'] as const)
      await within(days * 5, async (sql) => {
        const page = await valuePage(sql, account, cut, { order, limit: 1 })
        assert.deepEqual(
          page.items.map((item) => [item.value_date, item.sequence]),
          [[value_date, order === 'newest' ? days : 1]],
        )
        assert.notEqual(page.next_cursor, null)
      })
  })

  test('7 a balance as of a date: a day of the account, and what has its value elsewhere around that date', async () => {
    for (const id of [books.busy, books.account]) {
      const { cut } = await cutOfAccount(app, id)
      for (const days of [0, 40, 98, 99, 120])
        await within(150, (sql) => accountBalanceAsOf(sql, cut, dayFrom(books.first_day, days)))
    }
  })

  test('8 the trial balance: a day of the lines, and what the seals of today moved', async () => {
    for (const days of [0, 40, 98, 99, 120])
      await within(400, async (sql) =>
        lineTotalsAsOf(sql, await journalCut(sql, undefined), dayFrom(books.first_day, days)),
      )
  })

  test('9 closing balances: a day of each account', async () => {
    const { read } = getClosingBalances.beats as unknown as { read(input: object, context: object): Promise<unknown> }
    const body = { business_date: dayFrom(books.first_day, 50), ledger_account_ids: someAccounts }
    await within(4 * 64, (sql) => read({ body }, { sql }))
  })

  test('10 transactions by id: the row of each, in its month', async () => {
    const rows = await app<
      { id: string }[]
    >`select ledger_transaction_id as id from journal_transactions where reference <> '' limit 20`
    await within(3 * 20, (sql) =>
      findTransactions(
        sql,
        rows.map((row) => row.id),
      ),
    )
  })

  test('11 holds by id, and those that expire', async () => {
    const rows = await app<{ id: string }[]>`select hold_id as id from holds limit 20`
    await within(2 * 20, (sql) =>
      findHolds(
        sql,
        rows.map((row) => row.id),
      ),
    )
    await within(2 * 20, (sql) =>
      lockHolds(
        sql as Tx,
        rows.map((row) => row.id),
      ),
    )
    const until = `${dayFrom(books.first_day, 12)}T00:00:00Z`
    const told = await within(
      40,
      (sql) => sql`
      select hold_id from holds where status = 'ACTIVE' and expires_at <= ${until} order by expires_at limit 500`,
    )
    assert.ok(told[0]?.plan.includes('holds_expiring'))
  })

  test('active holds of an account, and its newest of any state: those alone, however many it ever had', async () => {
    const id = books.account
    await owner`
      insert into holds (hold_id, ledger_account_id, transaction_id, amount_cents, captured_cents, currency, status, expires_at, placed_at,
        business_date)
      select gen_random_uuid(), ${id}, gen_random_uuid(), 1, 0, 'EUR', case when n % 1000 = 0 then 'ACTIVE' else 'RELEASED' end,
        now(), now(), ${books.first_day}
      from generate_series(1, 4000) as n`
    await owner`vacuum analyze holds`
    const { read } = listHolds.beats as unknown as { read(input: object, context: object): Promise<unknown> }
    const params = { ledger_account_id: id }
    await within(150, (sql) => reconcileTouched(sql, [id]))
    const start = { cursor_account: id, cursor_sequence: 0n, cursor_cents: 0n }
    await within(150, (sql) => reconcileSlice(sql, start, { entries: 20_000, accounts: 1 }))
    await within(20, (sql) => read({ params, query: { status: 'ACTIVE' } }, { sql }))
    await within(60, (sql) => read({ params, query: { limit: 10 } }, { sql }))
  })

  test('a comparison in slices: the entries of the slice, not those of the account that follow', async () => {
    const id = newId()
    await writeBusyAccount(owner, { id, days: [dayFrom(books.first_day, 61), books.today] })
    for (const sequence of [0, BUSY / 2, BUSY * 2 - 600])
      await within(1_500, async (sql) => {
        const from = { cursor_account: id, cursor_sequence: BigInt(sequence), cursor_cents: BigInt(sequence) }
        const slice = await reconcileSlice(sql, from, { entries: 500, accounts: 1 })
        assert.deepEqual([slice.differences, slice.next?.cursor_sequence], [[], BigInt(sequence + 500)])
      })
  })

  test('12 transactions by their metadata: those that have it', async () => {
    await within(60, (sql) => searchTransactions(sql, { metadata: { project: 'p20' }, limit: 50 }))
  })

  test("what touched a thousand accounts of a user: each account's last day, and no other month", async () => {
    await owner`select ensure_month_partitions('entries', '2023-01-01', 36)`
    const ids = Array.from({ length: 1_000 }, (_, i) => grownAccount(1 + i * 5))
    const places = { below: new Map(ids.map((id) => [id, 2n ** 52n])), near: LAST_DATE }
    for (let page = 0, next: Places | undefined = places; page < 3 && next !== undefined; page++) {
      const told: readonly Explained[] = await within(14_000, async (sql) => {
        next = (await transactionsOfAccounts(sql, next as Places, 50)).next
      })
      // The open day's month, the day of the newest one, and what is near of the few that have something on the page.
      assert.ok(looksIn(told) <= 5 * ids.length, `${looksIn(told)} looks: ${told.map(({ plan }) => plan).join('\n')}`)
    }
  })

  test('13 a line of the chart day by day: its days', async () => {
    await within(500, async (sql) => {
      const cut = await journalCut(sql, undefined)
      const line = { gl_code: 'CASH', currency: 'EUR', from: dayFrom(books.first_day, 20), to: books.today }
      return movedDays(sql, cut, line, 'value')
    })
  })
})

/** Entries of a busy account on each of its days. */
const BUSY = 10_000

/** An account with so many entries on each of two days, every 500th with its value on the next; the first day is written down. */
async function writeBusyAccount(
  owner: Sql,
  { id, days }: { id: string; days: readonly [written: string, open: string] },
): Promise<void> {
  await owner`
    insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
      ledger_balance_cents, held_cents, entry_count, created_at)
    values (${id}, 'CUSTOMER_DEPOSITS', '', 'LIABILITY', 'CREDIT', 'EUR', 'OPEN', 0, ${2 * BUSY}, 0, ${2 * BUSY}, ${days[0]}::date)`
  await owner`
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)
    select ${id}, n, day, (select ledger_transaction_id from journal_transactions limit 1), 1, false, 1, n, day + case when n % 500 = 0 then 1 else 0 end
    from generate_series(1, ${2 * BUSY}) as n
    cross join lateral (select case when n <= ${BUSY} then ${days[0]}::date else ${days[1]}::date end as day) d`
  await owner`
    insert into daily_balances (ledger_account_id, business_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count, last_sequence)
    values (${id}, ${days[0]}, 0, 0, ${BUSY}, ${BUSY}, ${BUSY}, ${BUSY})`
  await owner`
    insert into shifted_balances (ledger_account_id, business_date, value_date, debits, credits, entries)
    values (${id}, ${days[0]}, ${days[0]}::date + 1, 0, ${BUSY / 500}, ${BUSY / 500})`
  await owner`vacuum analyze`
}

/** An account with an entry on each of so many days, which all have the same value, before any of them. */
async function writeShiftedAccount(
  owner: Sql,
  { id, days, value_date }: { id: string; days: number; value_date: string },
): Promise<void> {
  const first_day = dayFrom(value_date, 31)
  await owner`select ensure_month_partitions('entries', ${first_day}, 11)`
  await writeDepositAccount(owner, { id, entries: days, opened_on: first_day })
  await owner`
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)
    select ${id}, n, ${first_day}::date + n::int - 1, (select ledger_transaction_id from journal_transactions limit 1), 2, false, 1, n, ${value_date}
    from generate_series(1, ${days}) as n`
  await owner`
    insert into daily_balances (ledger_account_id, business_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count, last_sequence)
    select ${id}, business_date, sequence - 1, 0, 1, sequence, 1, sequence from entries where ledger_account_id = ${id}`
  await owner`
    insert into shifted_balances (ledger_account_id, business_date, value_date, debits, credits, entries)
    select ${id}, business_date, value_date, 0, 1, 1 from entries where ledger_account_id = ${id}`
  await owner`vacuum analyze shifted_balances`
}
