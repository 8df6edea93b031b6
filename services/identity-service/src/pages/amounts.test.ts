import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CURRENCY_CODES } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { amountText } from './amounts.ts'

describe('an amount on a page (PSD2 RTS art. 5)', () => {
  test('is the amount that the bank moves, in every currency', () => {
    const figures = (text: string): string => text.replaceAll(/[^0-9.]/g, '').replace(/^\.+|\.+$/g, '')
    for (const currency of CURRENCY_CODES)
      assert.equal(
        figures(amountText(1_234_567n, currency, 'en')),
        figures(formatMinor(1_234_567n, currency)),
        currency,
      )
    assert.equal(amountText(10_000n, 'HUF', 'en').replaceAll(/\s/g, ' '), 'HUF 100.00')
  })

  test('is exact where a float is not, and reads as people of the language write', () => {
    assert.equal(amountText(9_007_199_254_740_993n, 'EUR', 'en'), '€90,071,992,547,409.93')
    assert.equal(amountText(125_050n, 'EUR', 'de').replaceAll(/\s/g, ' '), '1.250,50 €')
    assert.equal(amountText(-5n, 'EUR', 'en'), '-€0.05')
    assert.equal(amountText(1_500n, 'JPY', 'en'), '¥1,500')
  })
})
