import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical, decode, encode } from './json.ts'

test('writes money as an exact integer, also beyond 2^53', () => {
  assert.equal(
    encode({ amount_cents: 9007199254740993n, list: [1n, null] }),
    '{"amount_cents":9007199254740993,"list":[1,null]}',
  )
})

test('reads back an integer beyond 2^53 as bigint and leaves other numbers alone', () => {
  assert.deepEqual(decode('{"a":9007199254740993,"b":1.5,"c":-12,"d":"9007199254740993"}'), {
    a: 9007199254740993n,
    b: 1.5,
    c: -12,
    d: '9007199254740993',
  })
})

test('gives one canonical text whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      assert.equal(canonical(value), canonical(reversed))
    }),
  )
})

test('refuses undefined, which has no JSON form', () => {
  assert.throws(() => encode(undefined), TypeError)
})
