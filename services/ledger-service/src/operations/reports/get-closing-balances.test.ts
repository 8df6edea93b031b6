import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getClosingBalances } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { accounts, openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'

describe('getClosingBalances', () => {
  test('is the balance of the last entry up to the end of the day, days without one included', async (t) => {
    const ledger = await openLedgerTest(t)
    const [first, second, third] = await passDays(ledger, 0, 3)
    const [moved, still] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    const closing = async (business_date: string) => {
      const body = { business_date, ledger_account_ids: [moved, still, newId()] }
      const { items } = (await ledger.call(getClosingBalances, { body }, accounts)).reply
      return items.map((item) => [item.ledger_account_id === moved, item.balance_cents, item.entry_count]).sort()
    }
    await passDays(ledger, 2)
    await ledger.post({ from: moved, to: 'CASH', cents: 1n })
    await passDays(ledger, 1)
    const atZero = [false, 0n, 0]
    assert.deepEqual(await closing(first as string), [atZero, [true, 100n, 1]])
    assert.deepEqual(await closing(second as string), [atZero, [true, 100n, 1]])
    assert.deepEqual(await closing(third as string), [atZero, [true, 99n, 2]])
  })

  test('refuses a day whose balances may still change, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = { business_date: ledger.clock.bank.businessDate(), ledger_account_ids: [] }
    assert.equal(await refusalOf(ledger.call(getClosingBalances, { body }, accounts)), 'DAY_NOT_OVER')
    assert.equal(await refusalOf(ledger.call(getClosingBalances, { body }, aCustomer())), 'FORBIDDEN')
  })
})
