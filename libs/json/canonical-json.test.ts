import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, NotCanonical } from './canonical-json.ts'

const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.nat(99).map(String)), tie('value')),
  ),
})).value

test('sorts keys by UTF-16 units and escapes as RFC 8785 does, by the examples of its §3.2.2 and §3.2.3', () => {
  const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
  assert.equal(canonicalJson(keys), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}')
  const escaped = '"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"'
  assert.equal(canonicalJson(JSON.parse(escaped)), '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
})

test('keys that are numerals are sorted as texts', () => {
  assert.equal(canonicalJson({ 9: 1, 10: 2, a: 3, '': 4 }), '{"":4,"10":2,"9":1,"a":3}')
})

test('means the same value, and the same text whatever the order of keys', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const text = canonicalJson(value)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      assert.equal(canonicalJson(JSON.parse(text)), text)
      const reversed = JSON.stringify(value, (_key, member: unknown) =>
        member === null || typeof member !== 'object' || Array.isArray(member)
          ? member
          : Object.fromEntries(Object.entries(member).reverse()),
      )
      assert.equal(canonicalJson(JSON.parse(reversed)), text)
    }),
  )
})

test('amounts are integers, as bigint too, and minus zero is zero', () => {
  assert.equal(canonicalJson([9007199254740991n, -9007199254740991, -0]), '[9007199254740991,-9007199254740991,0]')
})

test('refuses what readers would not all read alike', () => {
  const wrong = [
    1.5,
    Number.NaN,
    1e300,
    2 ** 53,
    2n ** 53n,
    undefined,
    '\ud800',
    { '\udc00': 1 },
    new Date(0),
    [undefined],
  ]
  for (const value of [...wrong, { a: undefined }, new Map(), Symbol.iterator]) {
    assert.throws(() => canonicalJson(value), NotCanonical)
  }
})
