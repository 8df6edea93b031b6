import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('setLedgerAccountState', () => {
  test('an older or equal version changes nothing, so that orders may arrive twice and late', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    await ledger.setState(id, 'FROZEN', 5)
    await ledger.setState(id, 'OPEN', 4)
    await ledger.setState(id, 'OPEN', 5)
    assert.equal((await ledger.account(id)).state, 'FROZEN')
    await ledger.setState(id, 'OPEN', 6)
    assert.equal((await ledger.account(id)).state, 'OPEN')
  })

  test('closes only at zero without holds, and for good', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1n, overdraft_limit_cents: 10n })
    assert.equal(await refusalOf(ledger.setState(id, 'CLOSED', 1)), 'BALANCE_NOT_ZERO')
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 1n })
    assert.equal(await refusalOf(ledger.setState(id, 'CLOSED', 2)), 'BALANCE_NOT_ZERO')
    await ledger.releaseHold(hold_id)
    await ledger.setState(id, 'CLOSED', 2)
    await ledger.setState(id, 'CLOSED', 3)
    assert.equal(await refusalOf(ledger.setState(id, 'OPEN', 4)), 'LEDGER_ACCOUNT_CLOSED')
    assert.equal((await ledger.account(id)).state, 'CLOSED')
  })

  test('refuses an account that is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.setState(newId(), 'FROZEN', 1)), 'LEDGER_ACCOUNT_NOT_FOUND')
  })

  test('once a block is answered nothing leaves, however many transfers were under way', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    const transfers = Promise.allSettled(Array.from({ length: 100 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    await ledger.setState(a, 'DEBIT_BLOCKED', 1)
    const atBlock = (await ledger.account(a)).ledger_balance_cents
    await transfers
    assert.equal((await ledger.account(a)).ledger_balance_cents, atBlock)
    await ledger.assertBooksAddUp()
  })
})
