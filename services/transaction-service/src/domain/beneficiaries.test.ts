import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedWith } from '../../testing/refused-with.ts'
import { decidePayee, isIban, type PayeeAccount, type PayeeWish } from './beneficiaries.ts'

// The examples of the IBAN registry (SWIFT, ISO 13616).
const IBANS = ['DE89370400440532013000', 'GB29NWBK60161331926819', 'NO9386011117947', 'MT84MALT011000012345MTLCAST001S']

test('an IBAN of the registry is one; with any digit changed it is none', () => {
  for (const iban of IBANS) {
    assert.ok(isIban(iban), iban)
    for (let i = 4; i < iban.length; i++) {
      const other = iban[i] === '1' ? '2' : '1'
      assert.ok(!isIban(iban.slice(0, i) + other + iban.slice(i + 1)), `${iban} at ${i}`)
    }
  }
})

test('a payee elsewhere is known by its IBAN, or by number, bank and country', () => {
  const decide = (wish: Partial<PayeeWish>) =>
    decidePayee({ beneficiary_type: 'DOMESTIC', account_number: '', currency: 'EUR', ...wish }, undefined, 'ann')
  const german = { account_number: 'DE89370400440532013000', account_id: null, bank_code: null, country: 'DE' }
  assert.deepEqual(decide({ account_number: 'de89 3704 0044 0532 0130 00' }), german)
  const bank = { bank_code: 'CHASUS33', country: 'US' }
  assert.deepEqual(decide({ account_number: '000 123-456', ...bank }), {
    ...{ account_number: '000123-456', account_id: null, ...bank },
  })
  const wrong = refusedWith('ACCOUNT_NUMBER_WRONG')
  assert.throws(() => decide({ account_number: 'DE88370400440532013000' }), wrong)
  assert.throws(() => decide({ account_number: IBANS[0] as string, country: 'FR' }), wrong)
  assert.throws(() => decide({ account_number: '000123456' }), refusedWith('BANK_REQUIRED'))
  assert.throws(() => decide({ account_number: '000123456', country: 'US' }), refusedWith('BANK_REQUIRED'))
  assert.throws(() => decide({ account_number: IBANS[0] as string, currency: 'XXX' }), refusedWith('CURRENCY_UNKNOWN'))
})

test('a payee of this bank has an account of it in the same currency, and it is not the customer’s own', () => {
  const account: PayeeAccount = {
    ...{ account_id: 'a', account_number: 'FB-00012345-7', currency: 'EUR', status: 'ACTIVE' },
    owners: [
      { customer_id: 'bob', capabilities: ['view', 'debit', 'manage'] },
      { customer_id: 'carer', capabilities: ['view'] },
    ],
  }
  const decide = (customer_id: string, known: PayeeAccount | undefined = account, currency = 'EUR') =>
    decidePayee({ beneficiary_type: 'INTERNAL', account_number: 'fb-00012345-7', currency }, known, customer_id)
  const payee = { account_number: 'FB-00012345-7', account_id: 'a', bank_code: null, country: null }
  assert.deepEqual(decide('ann'), payee)
  assert.deepEqual(decide('carer'), payee)
  assert.throws(() => decide('bob'), refusedWith('OWN_ACCOUNT_AS_PAYEE'))
  assert.throws(() => decide('ann', { ...account, status: 'CLOSED' }), refusedWith('PAYEE_NOT_FOUND'))
  assert.throws(() => decide('ann', account, 'USD'), refusedWith('CURRENCY_MISMATCH'))
})
