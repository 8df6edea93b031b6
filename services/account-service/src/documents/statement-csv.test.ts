import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { aStatement } from '../../testing/statements.ts'
import { statementCsv } from './statement-csv.ts'

const text = (statement = aStatement()) => Buffer.from(statementCsv(statement)).toString('utf8')

describe('a statement as CSV', () => {
  test('is read back by any reader as it was, whatever people wrote', () => {
    const words = 'Rent "May", 2026\nand more'
    const [header, line] = parse(
      text(aStatement({ lines: [{ description: words, signed_cents: -120_005n, balance_cents: 5n }] })),
    )
    assert.deepEqual(header, [
      'booking_date',
      'value_date',
      'description',
      'reference',
      'amount',
      'balance',
      'currency',
    ])
    assert.deepEqual(line, ['2026-05-02', '2026-05-02', words, 'TXN-2026-000001', '-1200.05', '0.05', 'EUR'])
    assert.ok(text().endsWith('\r\n'))
  })

  test('carries no formula to a spreadsheet; amounts stay numbers', () => {
    for (const bad of ['=1+1', '+351', '-2', '@SUM(A1)', ' =1', '\t=1', '=HYPERLINK("http://x","y")']) {
      const rows = parse(
        text(aStatement({ lines: [{ description: bad, reference: bad, signed_cents: -1n, balance_cents: -1n }] })),
      )
      assert.deepEqual([rows[1]?.[2], rows[1]?.[3], rows[1]?.[4]], [`'${bad}`, `'${bad}`, '-0.01'])
    }
  })

  test('has a header only where nothing was booked, and the decimals of its currency', () => {
    assert.equal(text(aStatement({ lines: [] })).split('\r\n').length, 2)
    const yen = aStatement({ currency: 'JPY', lines: [{ signed_cents: 5n, balance_cents: 1_000n }] })
    assert.match(text(yen), /,5,1000,JPY\r\n$/)
  })
})
