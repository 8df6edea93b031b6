import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getAccountBalance } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getAccountBalance', () => {
  test('tells what the ledger knows: balance, holds as pending, and what is left as available', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const known = bank.ledger.of(account_id)
    Object.assign(known, { ledger_balance_cents: 100_000n, held_cents: 25_000n, overdraft_limit_cents: 500n })
    const { reply } = await bank.call(getAccountBalance, { params: { account_id } }, owner)
    assert.deepEqual(reply, {
      account_id,
      currency: 'EUR',
      ledger_balance_cents: 100_000n,
      available_balance_cents: 75_500n,
      pending_balance_cents: 25_000n,
      overdraft_limit_cents: 500n,
      as_of: known.as_of,
    })
  })

  test("hides somebody else's balance, the unknown, and the bank's own accounts", async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const asked = (id: string, caller: Parameters<typeof bank.call>[2]) =>
      refusalOf(bank.call(getAccountBalance, { params: { account_id: id } }, caller))
    assert.equal(await asked(account_id, aCustomer()), 'NOT_FOUND')
    assert.equal(await asked(newId(), aStaffMember('support')), 'ACCOUNT_NOT_FOUND')
    bank.ledger.of(account_id).gl_code = 'CASH'
    assert.equal(await asked(account_id, aStaffMember('support')), 'ACCOUNT_NOT_FOUND')
  })
})
