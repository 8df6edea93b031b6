import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { add, allocate, compare, isZero, MAX_MINOR, MixedCurrencies, money, negate, subtract } from './money.ts'

const anyMinor = fc.bigInt({ min: -MAX_MINOR, max: MAX_MINOR })
const halfMinor = fc.bigInt({ min: -MAX_MINOR / 2n, max: MAX_MINOR / 2n })

test('the range ends at 2^53 - 1 on both sides, and one further is refused', () => {
  assert.equal(MAX_MINOR, BigInt(Number.MAX_SAFE_INTEGER))
  assert.equal(money(MAX_MINOR, 'EUR').minor, MAX_MINOR)
  assert.equal(money(-MAX_MINOR, 'EUR').minor, -MAX_MINOR)
  assert.throws(() => money(MAX_MINOR + 1n, 'EUR'), RangeError)
  assert.throws(() => money(-MAX_MINOR - 1n, 'EUR'), RangeError)
  assert.throws(() => add(money(MAX_MINOR, 'EUR'), money(1n, 'EUR')), RangeError)
  assert.throws(() => subtract(money(-MAX_MINOR, 'EUR'), money(1n, 'EUR')), RangeError)
})

test('a currency outside ISO 4217 makes no money', () => {
  assert.throws(() => money(1n, 'XAU' as 'EUR'), RangeError)
  assert.throws(() => money(1n, 'eur' as 'EUR'), RangeError)
})

test('adding and subtracting are exact, commute and undo each other', () => {
  fc.assert(
    fc.property(halfMinor, halfMinor, (a, b) => {
      const left = money(a, 'EUR')
      const right = money(b, 'EUR')
      assert.deepEqual(add(left, right), { minor: a + b, currency: 'EUR' })
      assert.deepEqual(add(left, right), add(right, left))
      assert.deepEqual(subtract(add(left, right), right), left)
      assert.deepEqual(subtract(left, right), add(left, negate(right)))
      assert.ok(isZero(add(left, negate(left))))
    }),
  )
})

test('comparing orders amounts as their minor units', () => {
  fc.assert(
    fc.property(anyMinor, anyMinor, (a, b) => {
      const expected = a < b ? -1 : a > b ? 1 : 0
      assert.equal(compare(money(a, 'JPY'), money(b, 'JPY')), expected)
    }),
  )
})

test('two currencies never meet: add, subtract and compare throw MixedCurrencies', () => {
  const euro = money(1n, 'EUR')
  const dollar = money(1n, 'USD')
  for (const operation of [add, subtract, compare]) assert.throws(() => operation(euro, dollar), MixedCurrencies)
})

test('the shares of an allocation sum to exactly the amount, for any weights and either sign', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(anyMinor, weights, fc.nat(), (minor, list, pick) => {
      fc.pre(list.some((weight) => weight > 0n))
      const ratios = list.map((weight, index) => ({ name: `share-${index}`, weight }))
      const remainderTo = `share-${pick % list.length}`
      const shares = allocate(money(minor, 'EUR'), ratios, remainderTo)
      assert.equal(Object.keys(shares).length, list.length)
      assert.equal(
        Object.values(shares).reduce((sum, share) => sum + share.minor, 0n),
        minor,
      )
      const total = list.reduce((sum, weight) => sum + weight, 0n)
      for (const { name, weight } of ratios) {
        if (name !== remainderTo) assert.equal(shares[name]?.minor, (minor * weight) / total)
      }
    }),
  )
})

test('the remainder goes to the named share and to no other', () => {
  const ratios = [
    { name: 'customer', weight: 1n },
    { name: 'fee', weight: 1n },
    { name: 'tax', weight: 1n },
  ] as const
  const minors = (amount: bigint) =>
    Object.entries(allocate(money(amount, 'EUR'), ratios, 'customer')).map(([name, share]) => [name, share.minor])
  assert.deepEqual(minors(100n), [
    ['customer', 34n],
    ['fee', 33n],
    ['tax', 33n],
  ])
  assert.deepEqual(minors(-101n), [
    ['customer', -35n],
    ['fee', -33n],
    ['tax', -33n],
  ])
})

test('an allocation without sense is refused: no share, no weight, twins, negative weights, a stranger for the remainder', () => {
  const whole = money(100n, 'EUR')
  assert.throws(() => allocate(whole, [], 'a' as never), RangeError)
  assert.throws(() => allocate(whole, [{ name: 'a', weight: 0n }], 'a'), RangeError)
  assert.throws(() => allocate(whole, [{ name: 'a', weight: -1n }], 'a'), RangeError)
  assert.throws(
    () =>
      allocate(
        whole,
        [
          { name: 'a', weight: 1n },
          { name: 'a', weight: 1n },
        ],
        'a',
      ),
    RangeError,
  )
  assert.throws(() => allocate(whole, [{ name: 'a', weight: 1n }], 'b' as 'a'), RangeError)
})
