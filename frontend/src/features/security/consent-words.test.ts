import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Consent, isStanding, whatOf } from './consent-words.ts'

const consent = (more: Partial<Consent>): Consent => ({ account_access: [], payment: null, ...more }) as Consent

test('what a third party may see is said with the accounts by name, and until when', () => {
  const access = { actions: ['balances', 'transactions'], account_ids: ['a', 'b'], expires_on: '2027-01-30' }
  const [line, ...more] = whatOf(consent({ account_access: [access] }), new Map([['a', 'Everyday account (FB-1)']]))
  assert.match(
    String(line),
    /^May see balances, transactions of Everyday account \(FB-1\), an account that is closed until .*2027/,
  )
  assert.deepEqual(more, [])
})

test('a payment is said with its amount, payee and account', () => {
  const payment = {
    amount_cents: 12_550,
    currency: 'EUR',
    destination_account_number: 'FB-00012345-7',
    payee_name: 'Corner Shop',
    reference: 'Order 17',
    source_account_id: null,
  }
  const [line] = whatOf(consent({ payment }), new Map())
  assert.match(String(line), /^One payment of .*125[.,]50.* to Corner Shop, FB-00012345-7, “Order 17”$/)
})

test('only what is allowed or in use can be taken back', () => {
  const standing = (['AUTHORISED', 'ACTIVE', 'USED', 'REVOKED', 'EXPIRED'] as const).filter((status) =>
    isStanding({ status }),
  )
  assert.deepEqual(standing, ['AUTHORISED', 'ACTIVE'])
})
