import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePhone } from './phone.ts'

test('a number is understood as people write it, with its country', () => {
  for (const typed of ['+351 912 345 678', '00351912345678', '+351-912-345.678', ' +351 (912) 345/678 '])
    assert.equal(parsePhone(typed), '+351912345678')
  assert.equal(parsePhone('+44 (0)20 7946 0018'), '+442079460018')
})

test('what is no number of a country is refused before it is sent', () => {
  for (const typed of ['', '912 345 678', '+0 912 345 678', '+35', '+351 912 345 67x', '+1234567890123456'])
    assert.equal(parsePhone(typed), undefined)
})
