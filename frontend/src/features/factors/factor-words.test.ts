import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCode, cleanCode, waysOf } from './factor-words.ts'

test('a code is taken as people paste it', () => {
  assert.equal(cleanCode(' 123 456\n'), '123456')
  assert.equal(cleanCode('AB3DE-F5GH7 '), 'ab3de-f5gh7')
})

test('a slip is seen before a try is spent on it', () => {
  assert.equal(checkCode('TOTP', '123 456'), true)
  assert.match(String(checkCode('TOTP', '12345678')), /6 digits/)
  assert.match(String(checkCode('SMS', '12345')), /6 digits/)
  assert.equal(checkCode('EMAIL', '12345678'), true)
  assert.match(String(checkCode('EMAIL', '123456')), /8 digits/)
  assert.equal(checkCode('RECOVERY_CODE', 'AB3DE-F5GH7'), true)
  assert.match(String(checkCode('RECOVERY_CODE', '123456')), /recovery code/)
})

test('a browser without passkeys is not asked for one, and the order of the rest is the bank’s', () => {
  assert.deepEqual(waysOf(['PASSKEY', 'PUSH', 'TOTP', 'RECOVERY_CODE']), ['PUSH', 'TOTP', 'RECOVERY_CODE'])
})
