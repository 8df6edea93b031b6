import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { listEntries } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { bookMore, busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, passDays, refusalOf, transactions } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { dayFrom } from '../../domain/value-dates.ts'

describe('listEntries', () => {
  test('shows the history newest first with running balances, page by page, while more is booked', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    for (let i = 1; i <= 4; i++)
      await ledger.post({ from: id, to: 'CASH', cents: BigInt(i), reference: `r${i}`, value_date: '2020-01-31' })
    const list = async (query: object) =>
      (await ledger.call(listEntries, { params: { ledger_account_id: id }, query }, transactions)).reply
    const first = await list({ limit: 3 })
    await ledger.post({ from: 'CASH', to: id, cents: 50n })
    const second = await list({ limit: 3, cursor: first.next_cursor })
    const items = [...first.items, ...second.items]
    assert.deepEqual(
      items.map((entry) => [entry.sequence, entry.side, entry.amount_cents, entry.signed_cents, entry.balance_cents]),
      [
        [5, 'DEBIT', 4n, -4n, 90n],
        [4, 'DEBIT', 3n, -3n, 94n],
        [3, 'DEBIT', 2n, -2n, 97n],
        [2, 'DEBIT', 1n, -1n, 99n],
        [1, 'CREDIT', 100n, 100n, 100n],
      ],
    )
    assert.deepEqual(
      [items[0]?.reference, items[0]?.value_date, items[0]?.currency, second.next_cursor],
      ['r4', '2020-01-31', 'EUR', null],
    )
    assert.deepEqual(listEntries.shapes.reply.errorsInside(first), [])
  })

  test("finds the history across the months of the bank clock, the newest month's first", async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    for (let month = 1; month <= 2; month++) {
      ledger.clock.advance(32 * 86_400_000)
      await ledger.post({ from: id, to: 'CASH', cents: 1n })
    }
    const { reply } = await ledger.call(listEntries, { params: { ledger_account_id: id } }, transactions)
    assert.deepEqual(
      reply.items.map((entry) => entry.balance_cents),
      [8n, 9n, 10n],
    )
    assert.equal(new Set(reply.items.map((entry) => entry.booked_at.slice(0, 7))).size, 3)
  })

  test('shows the days asked for, oldest first where asked, whether or not they are closed', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const [first] = await passDays(ledger, 1)
    const [second] = await passDays(ledger, 1)
    const [third] = await passDays(ledger, 0, 1)
    for (let i = 0; i < 3; i++) await ledger.post({ from: id, to: 'CASH', cents: 1n })
    const [, fourth] = await passDays(ledger, 1, 1)
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    const list = async (query: object) => {
      const input = { params: { ledger_account_id: id }, query }
      const { items, next_cursor, previous_cursor } = (await ledger.call(listEntries, input, transactions)).reply
      return { shown: items.map((entry) => [entry.sequence, entry.business_date]), next_cursor, previous_cursor }
    }
    const all = [
      [1, first],
      [2, third],
      [3, third],
      [4, third],
      [5, fourth],
    ]
    assert.deepEqual((await list({ order: 'oldest' })).shown, all)
    assert.deepEqual((await list({ from: second, to: third })).shown, all.slice(1, 4).toReversed())
    assert.deepEqual((await list({ from: third })).shown, all.slice(1).toReversed())
    assert.deepEqual((await list({ to: second })).shown, all.slice(0, 1))
    assert.deepEqual((await list({ from: second, to: second })).shown, [])
    const page = await list({ from: third, to: third, order: 'oldest', limit: 2 })
    assert.deepEqual(page.shown, all.slice(1, 3))
    const rest = await list({ from: third, to: third, order: 'oldest', limit: 2, cursor: page.next_cursor })
    assert.deepEqual([rest.shown, rest.next_cursor], [all.slice(3, 4), null])
    assert.deepEqual(
      await list({ from: third, to: third, order: 'oldest', limit: 2, cursor: rest.previous_cursor }),
      page,
    )
  })

  test('goes both ways over days that are written down, being closed and open', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    for (let day = 0; day < 4; day++) {
      for (let i = 0; i < 3; i++) await ledger.post({ from: id, to: 'CASH', cents: 1n })
      await passDays(ledger, day === 2 ? 40 : 1)
    }
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    const list = async (query: object) =>
      (await ledger.call(listEntries, { params: { ledger_account_id: id }, query }, transactions)).reply
    for (const order of ['newest', 'oldest'] as const) {
      const pages = [await list({ order, limit: 4 })]
      while (typeof pages.at(-1)?.next_cursor === 'string')
        pages.push(await list({ order, limit: 4, cursor: pages.at(-1)?.next_cursor }))
      const sequences = Array.from({ length: 14 }, (_, i) => (order === 'oldest' ? i + 1 : 14 - i))
      assert.deepEqual(
        pages.flatMap((page) => page.items.map((entry) => entry.sequence)),
        sequences,
      )
      for (let i = pages.length - 1; i > 0; i--)
        assert.deepEqual(
          (await list({ order, limit: 4, cursor: pages[i]?.previous_cursor })).items,
          pages[i - 1]?.items,
        )
    }
  })

  test('goes both ways in the order of value dates, with the balance in that order, as known at a moment too', async (t) => {
    const ledger = await openLedgerTest(t)
    const busy = await busyDays(ledger, 4)
    const known_at = ledger.clock.bank.now().toISOString()
    const [id] = busy.accounts as [string]
    const list = async (query: object) =>
      (
        await ledger.call(
          listEntries,
          { params: { ledger_account_id: id }, query: { basis: 'value', ...query } },
          transactions,
        )
      ).reply
    const rows = await ledger.sql<{ sequence: number; value_date: string; balance_cents: bigint }[]>`
      select sequence::float8 as sequence, value_date,
        (sum(signed_cents) over (order by value_date, sequence))::int8 as balance_cents
      from entries where ledger_account_id = ${id} order by value_date, sequence`
    const all = rows.map((row) => [row.value_date, row.sequence, row.balance_cents])
    const walk = async (query: object) => {
      const pages = [await list(query)]
      while (typeof pages.at(-1)?.next_cursor === 'string')
        pages.push(await list({ ...query, cursor: pages.at(-1)?.next_cursor }))
      for (let i = pages.length - 1; i > 0; i--)
        assert.deepEqual((await list({ ...query, cursor: pages[i]?.previous_cursor })).items, pages[i - 1]?.items)
      return pages.flatMap((page) => page.items.map((entry) => [entry.value_date, entry.sequence, entry.balance_cents]))
    }
    const [from, to] = [rows[3]?.value_date as string, rows.at(-3)?.value_date as string]
    for (const limit of [1, 3, 50]) {
      assert.deepEqual(await walk({ order: 'oldest', limit }), all)
      assert.deepEqual(await walk({ limit }), all.toReversed())
      const within = all.filter(([date]) => String(date) >= from && String(date) <= to)
      assert.deepEqual(await walk({ order: 'oldest', from, to, limit }), within)
      assert.deepEqual(await walk({ from, to, limit }), within.toReversed())
    }
    await bookMore(ledger, busy, 9)
    await passDays(ledger, 2)
    assert.deepEqual(await eventually(() => walk({ order: 'oldest', limit: 4, known_at })), all)
    const asked = ledger.call(
      listEntries,
      { params: { ledger_account_id: id }, query: { basis: 'value', cursor: 'before.3.2026-01-01' } },
      transactions,
    )
    assert.equal(await refusalOf(asked), 'CURSOR_WRONG')
  })

  test('looks for values over however many days have theirs elsewhere', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    const today = ledger.clock.bank.businessDate()
    const value_date = dayFrom(today, -400)
    const { ledger_transaction_id } = await ledger.post({ to: id, cents: 9n, value_date })
    await passDays(ledger, 1)
    await ledger.owner`
      insert into daily_balances (ledger_account_id, business_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count,
        last_sequence)
      select ${id}, day, 0, 0, 0, 0, 1, 0 from generate_series(${today}::date - 150, ${today}::date - 1, interval '1 day') day`
    await ledger.owner`
      insert into shifted_balances (ledger_account_id, business_date, value_date, debits, credits, entries)
      select ledger_account_id, business_date, ${dayFrom(today, -500)}, 0, 0, 1 from daily_balances
      where ledger_account_id = ${id} and business_date < ${today}`
    const query = { basis: 'value' as const, limit: 1 }
    const { items } = (await ledger.call(listEntries, { params: { ledger_account_id: id }, query }, transactions)).reply
    assert.deepEqual(
      items.map((item) => [item.ledger_transaction_id, item.balance_cents]),
      [[ledger_transaction_id, 9n]],
    )
  })

  test('shows the history as it was known, whatever came later', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    await sealAll(ledger)
    const known_at = ledger.clock.bank.now().toISOString()
    const list = async () =>
      (await ledger.call(listEntries, { params: { ledger_account_id: id }, query: { known_at } }, transactions)).reply
    const then = await eventually(list)
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    await sealAll(ledger)
    assert.deepEqual(await list(), then)
    assert.equal(then.items.length, 1)
  })

  test('refuses a wrong cursor, an unknown account, and a stranger', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    ledger.peer(resolveAccounts, ownedBy({}))
    const list = (ledger_account_id: string, query: object, caller = transactions) =>
      refusalOf(ledger.call(listEntries, { params: { ledger_account_id }, query }, caller))
    assert.equal(await list(id, { cursor: '-1' }), 'CURSOR_WRONG')
    assert.equal(await list(newId(), {}), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await list(id, {}, aCustomer()), 'NOT_FOUND')
  })
})
