import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLedgerAccountOverdraft } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { accounts, type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

const allow = async (
  ledger: LedgerTest,
  ledger_account_id: string,
  cents: bigint,
  version: number,
  caller = accounts,
) => {
  const body = { overdraft_limit_cents: cents, version }
  return (await ledger.call(setLedgerAccountOverdraft, { params: { ledger_account_id }, body }, caller)).reply
}

describe('setLedgerAccountOverdraft', () => {
  test('lets an account go as far below zero, and no further', async (t) => {
    const ledger = await openLedgerTest(t)
    const [id, to] = [await ledger.openAccount(), await ledger.openAccount()]
    assert.equal(await refusalOf(ledger.post({ from: id, to, cents: 1n })), 'INSUFFICIENT_FUNDS')
    assert.deepEqual((await allow(ledger, id, 100n, 1)).available_balance_cents, 100n)
    await ledger.post({ from: id, to, cents: 60n })
    assert.equal(await refusalOf(ledger.post({ from: id, to, cents: 41n })), 'INSUFFICIENT_FUNDS')
    assert.equal((await allow(ledger, id, 60n, 2)).overdraft_limit_cents, 60n)
    await ledger.assertBooksAddUp()
  })

  test('refuses less than the account uses, what is held counted; an older version changes nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const [id, to] = [await ledger.openAccount({ overdraft_limit_cents: 100n }), await ledger.openAccount()]
    await ledger.post({ from: id, to, cents: 30n })
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 20n })
    assert.equal(await refusalOf(allow(ledger, id, 49n, 2)), 'OVERDRAFT_IN_USE')
    assert.equal((await allow(ledger, id, 50n, 2)).overdraft_limit_cents, 50n)
    assert.equal((await allow(ledger, id, 500n, 1)).overdraft_limit_cents, 50n)
    assert.equal((await allow(ledger, id, 500n, 2)).overdraft_limit_cents, 50n)
  })

  test('is never lower than what postings that race it take', async (t) => {
    const ledger = await openLedgerTest(t)
    const [id, to] = [await ledger.openAccount({ overdraft_limit_cents: 100n }), await ledger.openAccount()]
    const posts = Array.from({ length: 20 }, () => ledger.post({ from: id, to, cents: 10n }))
    await Promise.allSettled([...posts, ...[30n, 70n, 50n].map((cents, i) => allow(ledger, id, cents, i + 1))])
    const account = await ledger.account(id)
    assert.ok((account.available_balance_cents as bigint) >= 0n)
    await ledger.assertBooksAddUp()
  })

  test('refuses an account that is closed or not there, less than nothing, and staff', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    await ledger.setState(id, 'CLOSED', 1)
    assert.equal(await refusalOf(allow(ledger, id, 1n, 1)), 'LEDGER_ACCOUNT_CLOSED')
    assert.equal(await refusalOf(allow(ledger, newId(), 1n, 1)), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await refusalOf(allow(ledger, id, -1n, 1)), 'VALIDATION_FAILED')
    assert.equal(await refusalOf(allow(ledger, id, 1n, 1, aStaffMember('operator'))), 'FORBIDDEN')
  })
})
