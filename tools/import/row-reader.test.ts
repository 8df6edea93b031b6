import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnsOf } from './columns.ts'
import { dateReader, isDateFormat } from './dates.ts'
import { type LayoutValue, layoutOf } from './layout.ts'
import { cleanText, type ReadRow, rowReader } from './row-reader.ts'
import { ImportStopped } from './stopped.ts'

const PLAIN = { currency: 'EUR', account_default: 'Main' }

function read(header: string[], fields: string[], given: Record<string, LayoutValue> = {}): ReadRow {
  const layout = layoutOf({ ...PLAIN, ...given })
  return rowReader(layout, columnsOf(header, layout))({ line: 7, fields })
}

function minorOf(
  header: string[],
  fields: string[],
  given: Record<string, LayoutValue> = {},
): bigint | string | undefined {
  const { row, refused } = read(header, fields, given)
  return row?.minor ?? refused?.reason
}

test('a date is read in its format only, and only when the calendar has it', () => {
  const cases: [string, string, string | undefined][] = [
    ['YYYY-MM-DD', '2016-02-29', '2016-02-29'],
    ['YYYY-MM-DD', '2015-02-29', undefined],
    ['YYYY-MM-DD', '2016-02-01T10:15:00Z', '2016-02-01'],
    ['YYYY-MM-DD', '01/02/2016', undefined],
    ['YYYY-MM-DD', '2016-13-01', undefined],
    ['YYYY-MM-DD', '', undefined],
    ['DD/MM/YYYY', '03/04/2016', '2016-04-03'],
    ['MM/DD/YYYY', '03/04/2016', '2016-03-04'],
    ['DD.MM.YY', '31.12.15', '2015-12-31'],
    ['DD.MM.YY', '31-12-15', undefined],
    ['D MMM YYYY', '7 Sep 2019', '2019-09-07'],
    ['D MMM YYYY', '7 Xyz 2019', undefined],
    ['M/D/YYYY', '1/9/2020 08:30', '2020-01-09'],
    ['YYYYMMDD', '20200109', '2020-01-09'],
  ]
  for (const [format, text, date] of cases) assert.equal(dateReader(format)(text), date, `${format} ${text}`)
})

test('a date format needs one day, one month and one year', () => {
  for (const format of ['YYYY-MM-DD', 'D MMM YY', 'YYYYMMDD']) assert.ok(isDateFormat(format), format)
  for (const format of ['', 'YYYY-MM', 'DD/DD/YYYY', 'MM/YYYY/MM', 'date']) assert.ok(!isDateFormat(format), format)
})

test('a positive amount is a credit unless the layout says debit', () => {
  const header = ['date', 'amount']
  assert.equal(minorOf(header, ['2020-01-01', '12.50']), 1250n)
  assert.equal(minorOf(header, ['2020-01-01', '-12.50']), -1250n)
  assert.equal(minorOf(header, ['2020-01-01', '12.50'], { positive: 'debit' }), -1250n)
  assert.equal(minorOf(header, ['2020-01-01', '-12.5'], { positive: 'debit' }), 1250n)
})

test('a sign column decides the direction, and an unknown word or a signed amount beside it is refused', () => {
  const header = ['date', 'amount', 'Dr/Cr']
  assert.equal(minorOf(header, ['2020-01-01', '3.00', 'DR']), -300n)
  assert.equal(minorOf(header, ['2020-01-01', '3.00', ' credit ']), 300n)
  assert.equal(minorOf(header, ['2020-01-01', '3.00', 'S'], { debit_values: 'S,Soll', credit_values: 'H' }), -300n)
  assert.match(String(minorOf(header, ['2020-01-01', '3.00', 'maybe'])), /neither a debit value nor a credit value/)
  assert.match(String(minorOf(header, ['2020-01-01', '-3.00', 'DR'])), /negative beside a sign/)
})

test('money out and money in may stand in two columns, but never both in a row', () => {
  const header = ['Date', 'Paid out', 'Paid in']
  assert.equal(minorOf(header, ['2020-01-01', '4.10', '']), -410n)
  assert.equal(minorOf(header, ['2020-01-01', '-4.10', '0.00']), -410n)
  assert.equal(minorOf(header, ['2020-01-01', '', '4.10']), 410n)
  assert.match(String(minorOf(header, ['2020-01-01', '1.00', '4.10'])), /paid out and paid in at once/)
  assert.match(String(minorOf(header, ['2020-01-01', '', ''])), /zero/)
})

test('decimal comma and grouping are read when they are named', () => {
  const style = { decimal: ',', grouping: '.' }
  assert.equal(minorOf(['date', 'amount'], ['2020-01-01', '-1.234,56'], style), -123_456n)
  assert.match(String(minorOf(['date', 'amount'], ['2020-01-01', '1,234.56'])), /not a decimal amount/)
})

test('what is not exactly a bookable row is refused with its line and reason', () => {
  const header = ['date', 'amount', 'currency', 'account']
  const layout = layoutOf({ currency_column: 'currency' })
  const readRow = rowReader(layout, columnsOf(header, layout))
  const cases: [string[], RegExp][] = [
    [['2020-01-01', '1.00', 'EUR'], /3 columns and the header has 4/],
    [['2020-01-32', '1.00', 'EUR', 'A'], /"2020-01-32" is not a date YYYY-MM-DD/],
    [['2020-01-01', 'free', 'EUR', 'A'], /not a decimal amount/],
    [['2020-01-01', '1.005', 'EUR', 'A'], /more decimals than EUR/],
    [['2020-01-01', '10.5', 'JPY', 'A'], /more decimals than JPY/],
    [['2020-01-01', '-0.00', 'EUR', 'A'], /zero/],
    [['2020-01-01', '1.00', 'XBT', 'A'], /"XBT" is not a currency/],
    [['2020-01-01', '1.00', '', 'A'], /not a currency/],
    [['2020-01-01', '99999999999999999', 'EUR', 'A'], /beyond/],
  ]
  for (const [fields, reason] of cases) {
    const { refused } = readRow({ line: 7, fields })
    assert.equal(refused?.line, 7)
    assert.match(refused.reason, reason)
  }
})

test('a row without account goes to the default, and blanks around a label mean nothing', () => {
  const header = ['date', 'amount', 'account']
  assert.equal(read(header, ['2020-01-01', '1.00', '  ']).row?.account, 'Main')
  assert.equal(read(header, ['2020-01-01', '1.00', ' Local  Services ']).row?.account, 'Local Services')
  const nobody = rowReader(layoutOf({ currency: 'EUR' }), columnsOf(header, layoutOf({ currency: 'EUR' })))
  assert.match(nobody({ line: 2, fields: ['2020-01-01', '1.00', ''] }).refused?.reason ?? '', /names no account/)
})

test('text is cut to its limit without half characters, and has no control characters', () => {
  assert.equal(cleanText('a\u0000b\u0085c\td\r\ne', 100), 'a b c d e')
  assert.equal(cleanText('x'.repeat(300), 280).length, 280)
  assert.equal(cleanText(`${'x'.repeat(279)}😀`, 280), 'x'.repeat(279))
  assert.ok(cleanText('\ud83d alone', 280).isWellFormed())
})

test('columns are guessed from usual names, whatever the case, and said to be guesses', () => {
  const { names, guessed, places } = columnsOf(
    ['Transaction Date', 'NARRATIVE', 'Paid_Out', 'Paid-In', 'Balance'],
    layoutOf(PLAIN),
  )
  assert.deepEqual(places, { date: 0, paid_out: 2, paid_in: 3, description: 1, balance: 4 })
  assert.equal(names.description, 'NARRATIVE')
  assert.deepEqual([...guessed].sort(), ['balance', 'date', 'description', 'paid_in', 'paid_out'])
})

test('a named column wins over a guess, an empty name means none, and a bare type is never taken for a sign', () => {
  const header = ['date', 'value date', 'amount', 'type', 'balance', 'note']
  const named = columnsOf(header, layoutOf({ ...PLAIN, date: 'date', balance: '', description: 'Note' }))
  assert.deepEqual(named.places, { date: 0, amount: 2, description: 5 })
  assert.deepEqual(named.guessed, ['amount'])
})

test('a missing date, amount, currency or account stops the import with what the header has', () => {
  const cases: [string[], Record<string, string>, RegExp][] = [
    [['amount'], PLAIN, /which column is the date/],
    [['date'], PLAIN, /which column is the amount/],
    [['date', 'debit'], PLAIN, /which column is the amount/],
    [['date', 'amount'], { account_default: 'A' }, /which currency/],
    [['date', 'amount'], { currency: 'EUR' }, /whose rows are these/],
    [['date', 'amount'], { ...PLAIN, category: 'Kind' }, /no column "Kind"; the header has: date \| amount/],
  ]
  for (const [header, given, message] of cases) {
    assert.throws(
      () => columnsOf(header, layoutOf(given)),
      (error) => error instanceof ImportStopped && message.test(error.message),
    )
  }
})

test('a layout that cannot be meant is refused', () => {
  const cases: [Record<string, LayoutValue>, RegExp][] = [
    [{ currency: 'EURO' }, /not an ISO 4217 code/],
    [{ date_format: 'MM/YYYY' }, /needs a year, a month and a day/],
    [{ decimal: ',', grouping: ',' }, /the same character/],
    [{ positive: 'up' }, /none of "credit", "debit"/],
    [{ debit_values: ['X'], credit_values: 'x' }, /a debit value and a credit value/],
    [{ amount: 'a', paid_in: 'b' }, /either the amount column or/],
    [{ encoding: 'klingon' }, /not known/],
  ]
  for (const [given, message] of cases) assert.throws(() => layoutOf(given), message)
})
