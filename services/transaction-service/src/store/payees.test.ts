import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Beneficiary, inTrail } from './payees.ts'

test('the audit trail keeps neither the name of a payee nor the whole number', () => {
  const payee: Beneficiary = {
    beneficiary_id: '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b',
    customer_id: '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7c',
    beneficiary_type: 'DOMESTIC',
    name: 'Zoë Landlord',
    account_number: 'DE89370400440532013000',
    account_id: null,
    bank_code: null,
    country: 'DE',
    currency: 'EUR',
    is_favourite: true,
    is_trusted: false,
    last_paid_at: null,
    created_at: '2026-03-01T00:00:00.000Z',
    version: 2,
  }
  const kept = JSON.stringify(inTrail(payee))
  assert.ok(!kept.includes('Landlord') && !kept.includes('89370400'))
  assert.match(kept, /"account_number_last4":"3000"/)
  assert.match(kept, /"version":2/)
})
