import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { csvLine } from './csv.ts'

describe('a line of CSV', () => {
  test('is what any reader of RFC 4180 reads back', () => {
    const cell = fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text))
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
        const read = parse(csvLine(cells), { record_delimiter: '\r\n' })
        assert.deepEqual(read, [cells])
      }),
    )
  })

  test('shows what a spreadsheet would compute, and leaves a null empty', () => {
    const cells = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '=HYPERLINK("http://x","y")', null, 'a=b']
    assert.equal(csvLine(cells), `'=1+1,'+1,'-1,'@SUM(A1),'\tx,"'=HYPERLINK(""http://x"",""y"")",,a=b\r\n`)
  })
})
