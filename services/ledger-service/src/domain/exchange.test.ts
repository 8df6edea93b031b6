import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '#libs/problem/problem.ts'
import { boughtFor, requireFittingLegs } from './exchange.ts'

const at = (sell_currency: string, buy_currency: string, rate: string) => ({ sell_currency, buy_currency, rate })

describe('boughtFor', () => {
  test('rounds half to even to the last minor unit of the bought currency', () => {
    assert.equal(boughtFor(10_000n, at('USD', 'EUR', '0.9197')), 9_197n)
    assert.equal(boughtFor(1n, at('EUR', 'USD', '0.5')), 0n)
    assert.equal(boughtFor(3n, at('EUR', 'USD', '0.5')), 2n)
    assert.equal(boughtFor(5n, at('EUR', 'USD', '0.5')), 2n)
    assert.equal(boughtFor(5n, at('EUR', 'USD', '0.500000000001')), 3n)
  })

  test('knows the exponents of both currencies: yen have none, fils are thousandths', () => {
    assert.equal(boughtFor(10_000n, at('EUR', 'JPY', '162.35')), 16_235n)
    assert.equal(boughtFor(16_235n, at('JPY', 'EUR', '0.006159532')), 10_000n)
    assert.equal(boughtFor(10_000n, at('EUR', 'KWD', '0.3312')), 33_120n)
    assert.equal(boughtFor(33_120n, at('KWD', 'EUR', '3.01932367')), 10_000n)
  })

  test('is exact at every size: never half a unit or more off', () => {
    const cents = fc.bigInt({ min: 1n, max: 9_007_199_254_740_991n })
    const digits = fc.bigInt({ min: 1n, max: 999_999_999_999n })
    fc.assert(
      fc.property(cents, digits, fc.integer({ min: 0, max: 12 }), (sold, number, places) => {
        const text = number.toString().padStart(places + 1, '0')
        const rate = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
        const off = boughtFor(sold, at('EUR', 'USD', rate)) * 10n ** BigInt(places) - sold * number
        assert.ok(2n * (off < 0n ? -off : off) <= 10n ** BigInt(places))
      }),
    )
  })

  test('refuses what is no rate or no currency', () => {
    for (const rate of ['', '1.', '.5', '-1', '1e3', '1,5', '1'.repeat(13)])
      assert.throws(() => boughtFor(1n, at('EUR', 'USD', rate)), Problem, rate)
    assert.throws(() => boughtFor(1n, at('EUR', 'XXX', '1')), Problem)
  })
})

describe('requireFittingLegs', () => {
  const exchange = { ...at('USD', 'EUR', '0.9197'), sell_position_id: 'p-usd', buy_position_id: 'p-eur' }
  const sold = { debit_account_id: 'a', credit_account_id: 'p-usd', amount_cents: 10_000n, currency: 'USD' }
  const bought = { debit_account_id: 'p-eur', credit_account_id: 'nostro', amount_cents: 9_197n, currency: 'EUR' }
  const fee = { debit_account_id: 'a', credit_account_id: 'fees', amount_cents: 5n, currency: 'USD' }

  test('takes legs that fit to the last unit, however many make them up, with a fee beside', () => {
    requireFittingLegs(exchange, [sold, bought, fee])
    const halves = { ...sold, amount_cents: 5_000n }
    requireFittingLegs(exchange, [halves, halves, bought])
  })

  test('refuses a unit too many or too few, a missing leg, one the wrong way round, and a currency for itself', () => {
    for (const cents of [9_196n, 9_198n])
      assert.throws(() => requireFittingLegs(exchange, [sold, { ...bought, amount_cents: cents }]), Problem)
    for (const legs of [
      [sold],
      [bought],
      [],
      [sold, bought, { ...sold, debit_account_id: 'p-usd', credit_account_id: 'a' }],
    ])
      assert.throws(() => requireFittingLegs(exchange, legs), Problem)
    assert.throws(() => requireFittingLegs({ ...exchange, buy_currency: 'USD' }, [sold, bought]), Problem)
  })
})
