import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listLedgerAccounts } from '#contracts/api/ledger.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('listLedgerAccounts', () => {
  test('pages through accounts of a code and currency without a gap or a repeat', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push(await ledger.openAccount({ balance_cents: 1n }))
    await ledger.openAccount({ currency: 'USD', balance_cents: 1n })
    const list = async (query: object) =>
      (await ledger.call(listLedgerAccounts, { query }, aStaffMember('operator'))).reply
    const filter = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR', limit: 2 }
    const pages = [await list(filter)]
    for (let next = pages[0]?.next_cursor; next; next = pages.at(-1)?.next_cursor)
      pages.push(await list({ ...filter, cursor: next }))
    assert.deepEqual(
      pages.map((page) => page.items.length),
      [2, 2, 1],
    )
    assert.deepEqual(
      pages.flatMap((page) => page.items.map((item) => item.ledger_account_id)),
      ids.toSorted(),
    )
    const own = await list({ gl_code: 'CASH' })
    assert.deepEqual(own.items.map((item) => [item.currency, item.ledger_balance_cents]).sort(), [
      ['EUR', 5n],
      ['USD', 1n],
    ])
    assert.equal((await list({})).items.length, 8)
  })

  test('refuses a cursor of its own making, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller: ReturnType<typeof aCustomer>) =>
      refusalOf(ledger.call(listLedgerAccounts, { query }, caller))
    assert.equal(await list({ cursor: "' or 1=1" }, aStaffMember('operator')), 'CURSOR_WRONG')
    assert.equal(await list({}, aCustomer()), 'FORBIDDEN')
  })
})
