import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerStatement } from '#contracts/api/ledger-reports.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
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
