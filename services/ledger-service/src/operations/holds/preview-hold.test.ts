import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { previewHold } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('previewHold', () => {
  test('says what a hold would come to, or why it would be refused, and writes nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n, overdraft_limit_cents: 20n })
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 10n })
    const preview = async (amount_cents: bigint, caller = aStaffMember('operator'), ledger_account_id = id) => {
      const body = { ledger_account_id, amount_cents, currency: 'EUR' }
      return (await ledger.call(previewHold, { body }, caller)).reply
    }
    assert.deepEqual(await preview(110n), {
      is_accepted: true,
      problem: null,
      ledger_balance_cents: 100n,
      held_cents: 120n,
      available_balance_cents: 0n,
    })
    const refused = await preview(111n)
    assert.deepEqual(
      [refused.is_accepted, refused.problem?.code, refused.held_cents],
      [false, 'INSUFFICIENT_FUNDS', 10n],
    )
    assert.equal((await ledger.account(id)).held_cents, 10n)
    assert.equal(await refusalOf(preview(1n, aStaffMember('operator'), newId())), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await refusalOf(preview(1n, aCustomer())), 'FORBIDDEN')
  })
})
