import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projectionsOf } from './projections.ts'

const posted = (business_event: string, amounts: Record<string, bigint>) => ({
  business_event,
  postings: Object.entries(amounts).map(([account_id, amount_cents]) => ({
    ...{ account_id, amount_cents, currency: 'EUR' },
  })),
})
const told = (business_event: string, amounts: Record<string, bigint>) =>
  projectionsOf(posted(business_event, amounts), (id) => id === 'ann' || id === 'bob').map((one) => [
    ...[one.transaction_type, one.source_account_id, one.destination_account_id, one.amount_cents],
  ])

test('money between a customer and the bank is one transaction of the customer, named after what it is', () => {
  assert.deepEqual(told('INTEREST', { ann: 12n, payable: -12n }), [['INTEREST', null, 'ann', 12n]])
  assert.deepEqual(told('INTEREST', { ann: -12n, payable: 12n }), [['INTEREST', 'ann', null, 12n]])
  assert.deepEqual(told('FEE', { ann: -5n, income: 5n }), [['FEE', 'ann', null, 5n]])
  assert.deepEqual(told('SOMETHING', { ann: 5n, cash: -5n }), [['ADJUSTMENT', null, 'ann', 5n]])
})

test('what one customer gains and another loses is one transaction between them; anything else is one for each', () => {
  assert.deepEqual(told('ACCOUNT_CLOSURE', { ann: -90n, bob: 90n }), [['TRANSFER', 'ann', 'bob', 90n]])
  assert.deepEqual(told('SOMETHING', { ann: -90n, bob: 90n }), [['TRANSFER', 'ann', 'bob', 90n]])
  const each = [
    ['INTEREST', null, 'ann', 1n],
    ['INTEREST', null, 'bob', 2n],
  ]
  assert.deepEqual(told('INTEREST', { payable: -3n, ann: 1n, bob: 2n }), each)
})

test('where only the bank moved, or nothing in the end, there is nothing to show', () => {
  assert.deepEqual(told('INTEREST', { expense: -3n, payable: 3n }), [])
  assert.deepEqual(told('INTEREST', { ann: 0n, payable: 0n }), [])
})
