import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { keepPayee } from '../../../testing/payees.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('getBeneficiary', () => {
  test('shows a payee to the customer who keeps it, and to nobody else', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const kept = await keepPayee(bank, ann, { is_favourite: true })
    const get = (caller: typeof ann, beneficiary_id = kept.beneficiary_id) =>
      bank.call(api.getBeneficiary, { params: { beneficiary_id } }, caller)
    assert.deepEqual((await get(ann)).reply, kept)
    await assert.rejects(get(aCustomer()), refusedWith('NOT_FOUND'))
    await assert.rejects(get(ann, newId()), refusedWith('NOT_FOUND'))
    await assert.rejects(get(aStaffMember('support')), refusedWith('FORBIDDEN'))
  })
})
