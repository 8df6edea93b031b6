import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { CURRENCY_CODES, exponentOf, isCurrency, nameOf } from './currencies.ts'

const PUBLISHED = new URL('../../../shared/vectors/iso4217/data/codes-all.csv', import.meta.url)
const skip = existsSync(PUBLISHED) ? false : 'the published list ../shared/vectors/iso4217 is not on this machine'

// Active codes that no account is kept in: funds, index units and settlement units that have a minor unit all the same.
const NOT_FOR_ACCOUNTS = ['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW', 'XAD']

test('every code is three capitals with an exponent of 0, 2, 3 or 4 and a name', () => {
  assert.ok(CURRENCY_CODES.length > 150)
  for (const code of CURRENCY_CODES) {
    assert.match(code, /^[A-Z]{3}$/)
    assert.ok([0, 2, 3, 4].includes(exponentOf(code)), code)
    assert.ok(nameOf(code).length > 2, code)
  }
  assert.deepEqual(
    ['JPY', 'EUR', 'KWD', 'ISK'].map((code) => exponentOf(code as 'JPY')),
    [0, 2, 3, 0],
  )
})

test('funds, metals, test codes, withdrawn codes, lower case and inherited names are not currencies', () => {
  const strangers = ['XAU', 'XXX', 'XTS', 'XDR', 'CLF', 'CHE', 'HRK', 'BGN', 'eur', 'EU', '', 'toString', '__proto__']
  for (const text of strangers) assert.equal(isCurrency(text), false, text)
  assert.throws(() => exponentOf('XAU' as 'EUR'), RangeError)
  assert.throws(() => nameOf('constructor' as 'EUR'), RangeError)
})

test('the table is the published list of active currencies, code for code and exponent for exponent', { skip }, () => {
  type Row = { AlphabeticCode: string; MinorUnit: string; WithdrawalDate: string }
  const rows: Row[] = parse(readFileSync(PUBLISHED), { columns: true, bom: true })
  const published = new Map(
    rows
      .filter((row) => row.AlphabeticCode !== '' && row.WithdrawalDate === '' && row.MinorUnit !== '-')
      .filter((row) => !NOT_FOR_ACCOUNTS.includes(row.AlphabeticCode))
      .map((row) => [row.AlphabeticCode, Number(row.MinorUnit)]),
  )
  const ours = new Map(CURRENCY_CODES.map((code) => [code as string, exponentOf(code)]))
  assert.deepEqual([...ours].sort(), [...published].sort())
})
