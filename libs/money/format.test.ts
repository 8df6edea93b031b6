import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CURRENCY_CODES } from './currencies.ts'
import { type DecimalStyle, formatMinor, NotAnAmount, parseDecimal } from './format.ts'
import { MAX_MINOR } from './money.ts'

const anyMinor = fc.bigInt({ min: -MAX_MINOR, max: MAX_MINOR })
const anyCurrency = fc.constantFrom(...CURRENCY_CODES)

test('an amount is written with exactly the decimals of its currency', () => {
  assert.equal(formatMinor(123456n, 'EUR'), '1234.56')
  assert.equal(formatMinor(-5n, 'EUR'), '-0.05')
  assert.equal(formatMinor(0n, 'EUR'), '0.00')
  assert.equal(formatMinor(100n, 'JPY'), '100')
  assert.equal(formatMinor(-1n, 'KWD'), '-0.001')
})

test('reading what was written gives the same minor units, in every currency and every style', () => {
  const styles: DecimalStyle[] = [
    {},
    { grouping: ',' },
    { grouping: '.', decimal: ',' },
    { grouping: ' ', decimal: ',' },
  ]
  fc.assert(
    fc.property(anyMinor, anyCurrency, fc.constantFrom(...styles), (minor, currency, style) => {
      const [whole = '', decimals] = formatMinor(minor, currency).split('.')
      const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, style.grouping ?? '')
      const text = decimals === undefined ? grouped : `${grouped}${style.decimal ?? '.'}${decimals}`
      assert.equal(parseDecimal(text, currency, style), minor)
    }),
  )
})

test('signs, outer blanks, missing decimals and a missing whole are read', () => {
  const read: [string, bigint][] = [
    ['+1.5', 150n],
    ['-1', -100n],
    [' 2.05 ', 205n],
    ['.50', 50n],
    ['-.5', -50n],
    ['007', 700n],
  ]
  for (const [text, minor] of read) assert.equal(parseDecimal(text, 'EUR'), minor, text)
})

test('what is not exactly an amount is refused, never rounded', () => {
  const refused = [
    '',
    ' ',
    '-',
    '+',
    '.',
    '1.',
    '1e3',
    '1E3',
    '0x10',
    '1,000',
    '1 000',
    '1.005',
    '1.500',
    '1..5',
    '1.2.3',
  ]
  for (const text of [...refused, '--1', '+-1', '1-', '(1)', 'NaN', 'Infinity', '€1', '1_000', '１', '9'.repeat(60)]) {
    assert.throws(() => parseDecimal(text, 'EUR'), NotAnAmount, text)
  }
  assert.throws(() => parseDecimal('1.0', 'JPY'), NotAnAmount)
})

test('thousands are grouped in threes or refused', () => {
  assert.equal(parseDecimal('1,234,567.89', 'EUR', { grouping: ',' }), 123456789n)
  assert.equal(parseDecimal('1234567.89', 'EUR', { grouping: ',' }), 123456789n)
  for (const text of ['1,23', '12,34,567', ',123', '1,,234', '1234,567', '1,234,', '0.1,234']) {
    assert.throws(() => parseDecimal(text, 'EUR', { grouping: ',' }), NotAnAmount, text)
  }
  assert.throws(() => parseDecimal('1', 'EUR', { grouping: '.' }), RangeError)
})

test('an amount beyond 2^53 - 1 minor units is refused', () => {
  assert.equal(parseDecimal('90071992547409.91', 'EUR'), MAX_MINOR)
  assert.throws(() => parseDecimal('90071992547409.92', 'EUR'), NotAnAmount)
  assert.throws(() => parseDecimal('-9007199254740992', 'JPY'), NotAnAmount)
})

test('no text makes the reader throw anything but NotAnAmount', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9.,eE ]{0,12}$/)), anyCurrency, (text, currency) => {
      try {
        const minor = parseDecimal(text, currency, { grouping: ',' })
        assert.ok(minor <= MAX_MINOR && minor >= -MAX_MINOR)
      } catch (error) {
        assert.ok(error instanceof NotAnAmount)
      }
    }),
  )
})
