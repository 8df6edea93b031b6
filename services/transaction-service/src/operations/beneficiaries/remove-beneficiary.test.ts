import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { keepPayee } from '../../../testing/payees.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('removeBeneficiary', () => {
  test('forgets a payee of its customer alone; then it may be kept again', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const { beneficiary_id } = await keepPayee(bank, ann)
    const remove = (caller: typeof ann) => bank.call(api.removeBeneficiary, { params: { beneficiary_id } }, caller)
    await assert.rejects(remove(aCustomer()), refusedWith('NOT_FOUND'))
    assert.equal((await remove(ann)).status, 204)
    assert.equal((await bank.sql`select 1 from beneficiaries`).count, 0)
    await assert.rejects(remove(ann), refusedWith('NOT_FOUND'))
    assert.notEqual((await keepPayee(bank, ann)).beneficiary_id, beneficiary_id)
    const acts = await bank.owner`
      select 1 from audit_outbox where operation = 'removeBeneficiary' and outcome = 'done' and change_encrypted is not null`
    assert.equal(acts.count, 1)
  })
})
