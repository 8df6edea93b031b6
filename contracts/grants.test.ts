import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paymentAmong } from './grants.ts'

const detail = {
  ...{ type: 'payment_initiation', amount_cents: 80_000, currency: 'EUR' },
  ...{ destination_account_number: 'FB-00000017-4', payee_name: 'Shop' },
}

test('a payment is found as a token says it and as the bank keeps it, again and again', () => {
  const details = [{ type: 'account_access', actions: ['accounts'] }, detail]
  for (let i = 0; i < 2; i++) assert.equal(paymentAmong(details)?.amount_cents, 80_000n)
  assert.equal(detail.amount_cents, 80_000, 'what was verified stays as it was')
  assert.equal(paymentAmong([{ ...detail, amount_cents: 80_000n }])?.amount_cents, 80_000n)
})

test('what has not the form of a payment allows none', () => {
  for (const wrong of [
    { amount_cents: 0 },
    { amount_cents: '80000' },
    { amount_cents: 0.5 },
    { currency: 'eur' },
    { payee_name: 5 },
  ])
    assert.equal(paymentAmong([{ ...detail, ...wrong }]), undefined, JSON.stringify(wrong))
  assert.equal(paymentAmong([]), undefined)
})
