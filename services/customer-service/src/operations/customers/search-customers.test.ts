import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { searchCustomers as contract, updateCustomer } from '#contracts/api/customer.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type CustomerBank, createCustomer, openCustomerBank, refusalOf } from '../../../testing/bank.ts'

type Query = InputOf<typeof contract>['query']

const support = aStaffMember('support')

async function found(bank: CustomerBank, query: Query): Promise<string[]> {
  const { reply } = await bank.call(contract, { query }, support)
  assert.ok(reply.items.every(({ is_masked }) => is_masked))
  return reply.items.map(({ customer_id }) => customer_id)
}

describe('searchCustomers', () => {
  test('finds by the whole address, number and words however they are spelt, and by nothing less', async (t) => {
    const bank = await openCustomerBank(t)
    const names = { first_name: 'Máire-Ánne', last_name: "O'Súilleabháin", email: 'Maire.OS@Example.test' }
    const { customer_id } = await createCustomer(bank, aCustomer(), { ...names, phone: '+442079460018' })
    await createCustomer(bank)
    const hits: Query[] = [
      { email: 'maire.os@example.TEST' },
      { phone: '+44 (0)20 7946 0018' },
      { phone: '0044 20-7946-0018' },
      { phone: '44.20.7946.0018' },
      { phone: 'tel:+44/2079460018' },
      { name: 'maire anne osuilleabhain' },
      { name: 'O’SÚILLEABHÁIN, Maire' },
      { name: 'A\u0301nne' },
      { name: 'maire', email: 'maire.os@example.test', phone: '+442079460018' },
    ]
    for (const query of hits) assert.deepEqual(await found(bank, query), [customer_id], JSON.stringify(query))
    const misses: Query[] = [
      { email: 'maire@example.test' },
      { phone: '2079460018' },
      { phone: '+44207946001' },
      { phone: 'letters' },
      { name: 'mair' },
      { name: 'maire quillfeather' },
      { name: 'maire', email: 'zuzanna.q@quillfeather.test' },
    ]
    for (const query of misses) assert.deepEqual(await found(bank, query), [], JSON.stringify(query))
  })

  test('finds a changed name by its new words only, and pages through many of one name', async (t) => {
    const bank = await openCustomerBank(t)
    const made: string[] = []
    for (let i = 0; i < 3; i++) made.push((await createCustomer(bank)).customer_id)
    const { caller, customer_id } = await createCustomer(bank)
    await bank.call(updateCustomer, { params: { customer_id }, body: { last_name: 'Marchbanks' } }, caller)
    assert.deepEqual(await found(bank, { name: 'marchbanks' }), [customer_id])
    const first = (await bank.call(contract, { query: { name: 'QUILLFEATHER', limit: 2 } }, support)).reply
    const cursor = first.next_cursor as string
    const second = (await bank.call(contract, { query: { name: 'quillfeather', limit: 2, cursor } }, support)).reply
    const seen = [...first.items, ...second.items].map((one) => one.customer_id)
    assert.deepEqual([seen, second.next_cursor], [made.toSorted().reverse(), null])
  })

  test('asks for something to look for, is for staff, and every search is in the trail without what was looked for', async (t) => {
    const bank = await openCustomerBank(t)
    for (const query of [{}, { name: '—' }])
      assert.equal(await refusalOf(bank.call(contract, { query }, support)), 'SEARCH_EMPTY')
    assert.equal(await refusalOf(bank.call(contract, { query: { name: 'x', cursor: 'x' } }, support)), 'CURSOR_WRONG')
    assert.equal(await refusalOf(bank.call(contract, { query: { name: 'x' } }, aCustomer())), 'FORBIDDEN')
    await found(bank, { name: 'Zuzanna' })
    const [act, ...more] = await bank.sql`
      select * from audit_outbox where operation = 'searchCustomers' and outcome = 'read'`
    assert.equal(more.length, 0)
    assert.ok(!JSON.stringify(act).includes('Zuzanna'))
  })
})
