import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getHold } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('getHold', () => {
  test('answers a hold in its present state, and refuses unknown ids and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const hold = await ledger.placeHold({ ledger_account_id: id, amount_cents: 40n })
    const read = async (hold_id: string, caller = aStaffMember('operator')) =>
      (await ledger.call(getHold, { params: { hold_id } }, caller)).reply
    assert.deepEqual(await read(hold.hold_id), hold)
    await ledger.releaseHold(hold.hold_id)
    assert.deepEqual(await read(hold.hold_id), { ...hold, status: 'RELEASED' })
    assert.equal(await refusalOf(read(newId())), 'HOLD_NOT_FOUND')
    assert.equal(await refusalOf(read(hold.hold_id, aCustomer())), 'FORBIDDEN')
  })
})
