import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { previewRelease } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('previewRelease', () => {
  test('says what would be given back, and writes nothing; of a hold that ended, nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 7n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 60n })
    await ledger.post({ from: id, to: 'CASH', cents: 20n, hold_id, releases_rest: false })
    const preview = async (caller = aStaffMember('operator'), hold = hold_id) =>
      (await ledger.call(previewRelease, { params: { hold_id: hold } }, caller)).reply
    const { hold, ...seen } = await preview()
    assert.deepEqual(seen, {
      is_accepted: true,
      problem: null,
      ledger_balance_cents: 80n,
      held_cents: 7n,
      available_balance_cents: 73n,
    })
    assert.deepEqual([hold.status, hold.captured_cents], ['RELEASED', 20n])
    assert.equal((await ledger.account(id)).held_cents, 47n)
    assert.deepEqual(await ledger.releaseHold(hold_id), hold)
    assert.deepEqual(await preview(), { hold, ...seen })
    assert.equal(await refusalOf(preview(aStaffMember('operator'), newId())), 'HOLD_NOT_FOUND')
    assert.equal(await refusalOf(preview(aCustomer())), 'FORBIDDEN')
  })
})
