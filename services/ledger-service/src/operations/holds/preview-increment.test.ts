import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { incrementHold, previewIncrement } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf, transactions } from '../../../testing/ledger-test.ts'

describe('previewIncrement', () => {
  test('says what more under a hold comes to, or why it would be refused, and writes nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n, overdraft_limit_cents: 20n })
    const { hold_id, expires_at } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 10n })
    const preview = async (amount_cents: bigint, caller = aStaffMember('operator'), hold = hold_id) => {
      const input = { params: { hold_id: hold }, body: { amount_cents, expires_in_s: 60 } }
      return (await ledger.call(previewIncrement, input, caller)).reply
    }
    const increment = async (amount_cents: bigint) => {
      const body = { transaction_id: newId(), step: 'more', amount_cents }
      return (await ledger.call(incrementHold, { params: { hold_id }, body }, transactions)).reply
    }
    const { hold, ...seen } = await preview(110n)
    assert.deepEqual(seen, {
      is_accepted: true,
      problem: null,
      ledger_balance_cents: 100n,
      held_cents: 120n,
      available_balance_cents: 0n,
    })
    assert.deepEqual([hold.amount_cents, hold.expires_at], [120n, expires_at])
    const refused = await preview(111n)
    assert.deepEqual([refused.is_accepted, refused.held_cents, refused.hold.amount_cents], [false, 10n, 10n])
    assert.equal(refused.problem?.code, await refusalOf(increment(111n)))
    assert.equal((await ledger.account(id)).held_cents, 10n)
    assert.deepEqual(await increment(110n), hold)
    await ledger.releaseHold(hold_id)
    assert.equal((await preview(1n)).problem?.code, 'HOLD_NOT_ACTIVE')
    assert.equal(await refusalOf(preview(1n, aStaffMember('operator'), newId())), 'HOLD_NOT_FOUND')
    assert.equal(await refusalOf(preview(1n, aCustomer())), 'FORBIDDEN')
  })
})
