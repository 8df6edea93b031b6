import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isId } from '#libs/ids/ids.ts'
import { accountIdOf } from './own-accounts.ts'

test('the id of an own account follows from code and currency for ever, is a UUID of version 8, and is no other', () => {
  assert.equal(accountIdOf('CASH', 'EUR'), accountIdOf('CASH', 'EUR'))
  assert.equal(accountIdOf('CASH', 'EUR'), '462b04fe-921b-8720-8b45-e63f12a1395d')
  const codes = ['CASH', 'SETTLEMENT', 'SUSPENSE', 'FX_POSITION', 'FEE_INCOME', 'CASHBOX']
  const ids = codes.flatMap((code) => ['EUR', 'USD', 'JPY'].map((currency) => accountIdOf(code, currency)))
  assert.equal(new Set(ids).size, 18)
  for (const id of ids) assert.ok(isId(id) && /^.{14}8.{4}[89ab]/.test(id), id)
})

test('an id names itself', () => {
  assert.equal(accountIdOf('01a19467-e800-7000-8000-0123456789ab', 'EUR'), '01a19467-e800-7000-8000-0123456789ab')
})
