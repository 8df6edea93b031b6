import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { keepPayee } from '../../../testing/payees.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('changeBeneficiary', () => {
  test('renames a payee or marks it, for its customer alone; of two who read the same one changes it', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const { beneficiary_id } = await keepPayee(bank, ann)
    const change = (body: InputOf<typeof api.changeBeneficiary>['body'], caller = ann, id = beneficiary_id) =>
      bank.call(api.changeBeneficiary, { params: { beneficiary_id: id }, body }, caller)
    const marked = (await change({ is_favourite: true })).reply
    assert.deepEqual([marked.name, marked.is_favourite, marked.version], ['Zoë Landlord', true, 2])
    const renamed = (await change({ name: 'Zoë', version: 2 })).reply
    assert.deepEqual([renamed.name, renamed.is_favourite, renamed.version], ['Zoë', true, 3])
    const both = await Promise.allSettled([change({ name: 'A', version: 3 }), change({ name: 'B', version: 3 })])
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(change({ name: 'C', version: 3 }), refusedWith('BENEFICIARY_CHANGED'))
    await assert.rejects(change({ version: 4 }), refusedWith('NOTHING_TO_CHANGE'))
    await assert.rejects(change({ name: 'D' }, aCustomer()), refusedWith('NOT_FOUND'))
    await assert.rejects(change({ name: 'D' }, ann, newId()), refusedWith('NOT_FOUND'))
    const [row] = await bank.sql`select name_encrypted, version from beneficiaries`
    assert.equal(row?.version, 4)
    assert.ok(!String(row?.name_encrypted).includes('Zoë'))
    const acts = await bank.owner`
      select 1 from audit_outbox where operation = 'changeBeneficiary' and outcome = 'done' and change_encrypted is not null`
    assert.equal(acts.count, 3)
  })
})
