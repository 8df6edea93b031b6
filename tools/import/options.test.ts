import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readOptions } from './options.ts'

describe('the options of an import', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bankflow-options-'))
    writeFileSync(
      join(folder, 'map.json'),
      JSON.stringify({ date: 'Posted', type: 'Way', positive: 'debit', debit_values: ['S'], overdraft: '5.00' }),
    )
    writeFileSync(join(folder, 'wrong.json'), '{ "datum": "x" }')
    writeFileSync(join(folder, 'number.json'), '{ "date": 3 }')
    writeFileSync(join(folder, 'broken.json'), '{')
  })
  after(() => rmSync(folder, { recursive: true }))

  test('a mapping file says what options say, and an option on the line wins', () => {
    const options = readOptions(['f.csv', '--mapping', 'map.json', '--date', 'Booked', '--currency', 'EUR'], folder)
    assert.equal(options?.file, join(folder, 'f.csv'))
    assert.deepEqual(options.layout.columns, { date: 'Booked', sign: 'Way' })
    assert.equal(options.layout.positive, 'debit')
    assert.deepEqual(options.layout.debit_values, ['s'])
    assert.equal(options.overdraft, '5.00')
    assert.equal(options.product_id, 'business-current')
  })

  test('help asks for nothing else', () => {
    assert.equal(readOptions(['--help'], folder), undefined)
  })

  test('what means nothing is refused in one line', () => {
    const cases: [string[], RegExp][] = [
      [[], /name one file/],
      [['a.csv', 'b.csv'], /name one file/],
      [['a.csv', '--colour', 'red'], /--colour/],
      [['a.csv', '--url', 'ftp://x'], /not an address/],
      [['a.csv', '--batch-rows', '5001'], /from 1 to 5000/],
      [['a.csv', '--mapping', 'wrong.json'], /"datum", which means nothing/],
      [['a.csv', '--mapping', 'number.json'], /date in number.json must be a text/],
      [['a.csv', '--mapping', 'broken.json'], /cannot read the mapping/],
      [['a.csv', '--mapping', 'none.json'], /cannot read the mapping/],
    ]
    for (const [args, message] of cases) assert.throws(() => readOptions(args, folder), message)
  })
})
