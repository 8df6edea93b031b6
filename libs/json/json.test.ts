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

test('a number that is not written as an integer is never taken for one, wherever it stands', () => {
  for (const literal of [
    '0.99999999999999999999',
    '1.0',
    '-1.0',
    '1e3',
    '1E+2',
    '100.000',
    '1e-400',
    '9007199254740993.0',
  ]) {
    for (const [before, after] of [
      ['', ''],
      ['{"a":', '}'],
      ['[', ']'],
      ['[1,', ']'],
      ['{"a": \n', '}'],
      ['[1,\t', ' ]'],
    ]) {
      const text = `${before}${literal}${after}`
      const numbers = [decode(text)].flatMap((value) =>
        typeof value === 'object' ? Object.values(value as object) : value,
      )
      assert.ok(Number.isNaN(numbers.at(-1)), text)
    }
  }
  assert.deepEqual(decode('{"a":1.5,"b":-0.25,"c":[1,2.75],"d":"1.0","e":1}'), {
    a: 1.5,
    b: -0.25,
    c: [1, 2.75],
    d: '1.0',
    e: 1,
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
