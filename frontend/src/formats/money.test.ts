import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CURRENCY_CODES, exponentOf as exponentInBank } from '#libs/money/currencies.ts'
import { exponentOf, formatMoney, parseMoney } from './money.ts'

test('every amount is shown exactly, whatever the digits of its currency', () => {
  assert.equal(formatMoney(9_007_199_254_740_991, 'EUR', 'en-IE'), '€90,071,992,547,409.91')
  assert.equal(formatMoney(-5, 'EUR', 'en-IE'), '-€0.05')
  assert.equal(formatMoney(1_250, 'JPY', 'en-US'), '¥1,250')
  assert.equal(formatMoney(1_250, 'KWD', 'en-US').replace('\u00a0', ' '), 'KWD 1.250')
})

test('a currency has the digits here that it has in the bank, whatever a browser thinks of them', () => {
  for (const currency of CURRENCY_CODES) assert.equal(exponentOf(currency), exponentInBank(currency), currency)
  assert.equal(parseMoney('10000', 'HUF'), 1_000_000)
  assert.equal(formatMoney(1_000_000, 'HUF', 'en-US').replace('\u00a0', ' '), 'HUF 10,000.00')
})

test('an amount is understood with the separators of both worlds', () => {
  for (const typed of ['1250.50', '1250,5', '1.250,50', '1,250.50', '1 250,50', "1'250.50"])
    assert.equal(parseMoney(typed, 'EUR'), 125_050, typed)
  assert.equal(parseMoney('1.250', 'EUR'), 125_000)
  assert.equal(parseMoney('1.250', 'KWD'), 1_250)
  assert.equal(parseMoney('1,250', 'JPY'), 1_250)
})

test('what is no amount is not guessed at', () => {
  for (const typed of ['', '0', '-5', '1.234.56', '1,23,456', '12,345,6', 'ten', '1e3', '9007199254740992'])
    assert.equal(parseMoney(typed, 'EUR'), undefined, typed)
  assert.equal(parseMoney('1.5', 'JPY'), undefined)
})
