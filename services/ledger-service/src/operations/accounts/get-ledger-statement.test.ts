import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerStatement } from '#contracts/api/ledger-reports.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { bookMore, busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

describe('getLedgerStatement', () => {
  test('leads from opening to closing by its entries, over days that are written down and open', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days, accounts } = await busyDays(ledger, 4)
    const range = (from: string | undefined, to: string | undefined) => ({ from: from as string, to: to as string })
    const ranges = [range(days[1], days[2]), range(days[0], days[3]), range(days[3], dayFrom(days[3] as string, 5))]
    for (const { from, to } of [...ranges, range(dayFrom(days[0] as string, -9), dayFrom(days[0] as string, -2))])
      for (const ledger_account_id of accounts) {
        const read = async (more: object) =>
          (
            await ledger.call(
              getLedgerStatement,
              { params: { ledger_account_id }, query: { from, to, limit: 4, ...more } },
              staff,
            )
          ).reply
        const first = await read({})
        const items = [...first.items]
        for (let cursor = first.next_cursor; cursor !== null; ) {
          const page = await read({ cursor })
          items.push(...page.items)
          cursor = page.next_cursor
        }
        const rows = await ledger.sql<
          { sequence: number; signed_cents: bigint; balance_cents: bigint; is_debit: boolean }[]
        >`
          select sequence::float8 as sequence, signed_cents, balance_cents, is_debit from entries
          where ledger_account_id = ${ledger_account_id} and business_date between ${from} and ${to} order by sequence`
        assert.deepEqual(
          items.map((entry) => [entry.sequence, entry.balance_cents]),
          rows.map((row) => [row.sequence, row.balance_cents]),
        )
        const sum = (isDebit: boolean) =>
          rows
            .filter((row) => row.is_debit === isDebit)
            .reduce((total, row) => total + (isDebit ? -row.signed_cents : row.signed_cents), 0n)
        assert.deepEqual(
          [first.debits, first.credits, first.entry_count],
          [String(sum(true)), String(sum(false)), rows.length],
        )
        assert.equal(first.closing_balance_cents, first.opening_balance_cents + sum(false) - sum(true))
        assert.equal(rows.at(-1)?.balance_cents ?? first.opening_balance_cents, first.closing_balance_cents)
      }
  })

  test('by value dates leads from the balance before to the balance then, by its entries in that order, the same for ever as known at a moment', async (t) => {
    const ledger = await openLedgerTest(t)
    const busy = await busyDays(ledger, 4)
    const [first, second, third, fourth] = busy.days as [string, string, string, string]
    const known_at = ledger.clock.bank.now().toISOString()
    const read = async (ledger_account_id: string, query: { from: string; to: string; known_at?: string }) => {
      const items = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = { basis: 'value' as const, limit: 5, ...query, ...(cursor === undefined ? {} : { cursor }) }
        const { reply } = await ledger.call(getLedgerStatement, { params: { ledger_account_id }, query: page }, staff)
        assert.deepEqual(getLedgerStatement.shapes.reply.errorsInside(reply), [])
        items.push(...reply.items)
        const {
          next_cursor,
          previous_cursor: _previous,
          items: _items,
          seal_no: _seal,
          known_at: _known,
          ...sums
        } = reply
        if (next_cursor === null) return { sums, items }
        cursor = next_cursor
      }
      return assert.fail('there was no page')
    }
    const ranges = [
      [second, third],
      [dayFrom(first, -4), dayFrom(first, -1)],
      [fourth, dayFrom(fourth, 50)],
      ['2026-01-01', '2026-12-31'],
    ].map(([from, to]) => ({ from: from as string, to: to as string }))
    const before: unknown[] = []
    for (const ledger_account_id of busy.accounts) {
      const rows = await ledger.sql<{ sequence: number; signed: bigint; is_debit: boolean; value_date: string }[]>`
        select sequence::float8 as sequence, signed_cents as signed, is_debit, value_date from entries
        where ledger_account_id = ${ledger_account_id} order by value_date, sequence`
      for (const { from, to } of ranges) {
        const sum = (some: readonly { signed: bigint }[]) => some.reduce((total, { signed }) => total + signed, 0n)
        const own = rows.filter(({ value_date }) => value_date >= from && value_date <= to)
        const opening = sum(rows.filter(({ value_date }) => value_date < from))
        const { sums, items } = await read(ledger_account_id, { from, to })
        assert.deepEqual(sums, {
          ...{ ledger_account_id, currency: sums.currency, from, to, basis: 'value' },
          opening_balance_cents: opening,
          closing_balance_cents: opening + sum(own),
          debits: String(-sum(own.filter((row) => row.is_debit))),
          credits: String(sum(own.filter((row) => !row.is_debit))),
          entry_count: own.length,
        })
        assert.deepEqual(
          items.map((entry) => [entry.sequence, entry.balance_cents]),
          own.map(({ sequence }, i) => [sequence, opening + sum(own.slice(0, i + 1))]),
        )
        before.push(await eventually(() => read(ledger_account_id, { from, to, known_at })))
      }
    }
    await passDays(ledger, 1)
    await bookMore(ledger, busy, 9)
    for (const ledger_account_id of busy.accounts)
      for (const range of ranges)
        assert.deepEqual(await read(ledger_account_id, { ...range, known_at }), before.shift())
  })

  test('refuses an unknown account, a stranger, a wrong cursor, and days that end before they begin', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1n })
    ledger.peer(resolveAccounts, ownedBy({}))
    const days = { from: '2026-03-01', to: '2026-03-02' }
    const ask = (ledger_account_id: string, query: object, caller = staff) =>
      refusalOf(
        ledger.call(getLedgerStatement, { params: { ledger_account_id }, query: { ...days, ...query } }, caller),
      )
    assert.equal(await ask(newId(), {}), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await ask(id, {}, aCustomer()), 'NOT_FOUND')
    assert.equal(await ask(id, { cursor: '7' }), 'CURSOR_WRONG')
    assert.equal(await ask(id, { to: '2026-02-01' }), 'RANGE_WRONG')
  })
})
