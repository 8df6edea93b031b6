import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addRelation as contract } from '#contracts/api/customer.ts'
import { customerRelationAdded } from '#contracts/events/customer.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { count, createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

const teller = aStaffMember('teller')

describe('addRelation', () => {
  test('makes a joint customer, who may do everything, or a delegate, who may look unless told more, with one event each', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert, carol] = [await createCustomer(bank), await createCustomer(bank), await createCustomer(bank)]
    const params = { customer_id: anna.customer_id }
    const add = (related_customer_id: string, relation: 'JOINT' | 'DELEGATE') =>
      bank.call(contract, { params, body: { related_customer_id, relation } }, teller)
    const joint = await add(bert.customer_id.toUpperCase(), 'JOINT')
    assert.deepEqual([joint.status, joint.reply.added_by], [201, teller.sub])
    await add(carol.customer_id, 'DELEGATE')
    const events = await bank.published(customerRelationAdded)
    assert.deepEqual(events, [
      {
        ...params,
        related_customer_id: bert.customer_id,
        relation: 'JOINT',
        capabilities: ['view', 'debit', 'manage'],
      },
      { ...params, related_customer_id: carol.customer_id, relation: 'DELEGATE', capabilities: ['view'] },
    ])
  })

  test('refuses by code, and nobody acts for anybody then', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert, gone] = [await createCustomer(bank), await createCustomer(bank), await createCustomer(bank)]
    await submit(bank, gone.caller)
    await decide(bank, gone.customer_id, { decision: 'REJECT' })
    const refused = (body: Partial<InputOf<typeof contract>['body']>, who = teller, customer_id = anna.customer_id) => {
      const whole = { related_customer_id: bert.customer_id, relation: 'JOINT' as const, ...body }
      return refusalOf(bank.call(contract, { params: { customer_id }, body: whole }, who))
    }
    assert.equal(await refused({}, teller, newId()), 'CUSTOMER_NOT_FOUND')
    assert.equal(await refused({}, teller, gone.customer_id), 'CUSTOMER_ROLLED_BACK')
    assert.equal(await refused({ related_customer_id: newId() }), 'RELATED_CUSTOMER_NOT_FOUND')
    assert.equal(await refused({ related_customer_id: gone.customer_id }), 'RELATED_CUSTOMER_NOT_FOUND')
    assert.equal(await refused({ related_customer_id: anna.customer_id.toUpperCase() }), 'RELATED_TO_HIMSELF')
    assert.equal(await refused({ capabilities: ['view'] }), 'VALIDATION_FAILED')
    assert.equal(await refused({}, anna.caller), 'FORBIDDEN')
    for (const { caller, customer_id } of [anna, bert])
      for (const insider of [
        { ...teller, customer_id },
        { ...teller, sub: caller.sub },
      ])
        assert.equal(await refused({}, insider), 'OWN_CUSTOMER')
    assert.equal(await count(bank, 'customer_relations'), 0)
    assert.deepEqual(await bank.published(customerRelationAdded), [])
  })

  test('of ten at once, both ways, makes each relation once', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [await createCustomer(bank), await createCustomer(bank)]
    const add = (customer_id: string, related_customer_id: string) =>
      bank.call(contract, { params: { customer_id }, body: { related_customer_id, relation: 'JOINT' } }, teller)
    const ends = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        i % 2 === 0 ? add(anna.customer_id, bert.customer_id) : add(bert.customer_id, anna.customer_id),
      ),
    )
    for (const end of ends)
      if (end.status === 'rejected') assert.equal(await refusalOf(Promise.reject(end.reason)), 'RELATION_EXISTS')
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 2)
    assert.equal((await bank.published(customerRelationAdded)).length, 2)
  })
})
