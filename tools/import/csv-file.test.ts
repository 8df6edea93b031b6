import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type CsvRow, openCsv } from './csv-file.ts'

describe('reading a CSV file', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bankflow-csv-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  function written(name: string, content: string | Buffer): string {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  async function rowsOf(path: string, options: { encoding?: string; delimiter?: string } = {}): Promise<CsvRow[]> {
    const file = await openCsv(path, { encoding: options.encoding ?? 'utf-8', delimiter: options.delimiter })
    const rows: CsvRow[] = []
    for await (const row of file.rows()) rows.push(row)
    return rows
  }

  test('each row knows the line that it begins at, whatever stands in quotes or between rows', async () => {
    const path = written('lines.csv', 'a,b\r\n1,2\r\n\r\n"x\r\ny",3\r\n5\r\n6,O"Brien\r\n7,8')
    assert.deepEqual(await rowsOf(path), [
      { line: 2, fields: ['1', '2'] },
      { line: 4, fields: ['x\r\ny', '3'] },
      { line: 6, fields: ['5'] },
      { line: 7, fields: ['6', 'O"Brien'] },
      { line: 8, fields: ['7', '8'] },
    ])
  })

  test('a packed file reads as the plain one, and its progress ends at its size', async () => {
    const text = `date,amount\n${'2020-01-01,1.00\n'.repeat(5000)}`
    const path = written('packed.csv.gz', gzipSync(text))
    const file = await openCsv(path, { encoding: 'utf-8', delimiter: undefined })
    assert.equal((await file.rows().next()).value?.line, 2)
    assert.equal((await rowsOf(path)).length, 5000)
    for await (const row of file.rows()) assert.equal(row.fields.length, 2)
    assert.equal(file.bytesRead(), file.size)
  })

  test('the separator is found in the header, a byte order mark is no part of it, and it may be named', async () => {
    const semicolons = written('semicolons.csv', '\ufeffdate;"a, b";amount\n1;2;3,5\n')
    const file = await openCsv(semicolons, { encoding: 'utf-8', delimiter: undefined })
    assert.deepEqual([file.delimiter, file.header], [';', ['date', 'a, b', 'amount']])
    assert.deepEqual((await rowsOf(semicolons))[0]?.fields, ['1', '2', '3,5'])
    assert.deepEqual((await rowsOf(written('bars.csv', 'a,b|c\n1|2\n'), { delimiter: '|' }))[0]?.fields, ['1', '2'])
  })

  test('text of another encoding stops the import unless it is named', async () => {
    const path = written('latin.csv', Buffer.from('date,name\n2020,Caf\u00e9\n', 'latin1'))
    await assert.rejects(rowsOf(path), /is not utf-8 text; say --encoding/)
    assert.deepEqual((await rowsOf(path, { encoding: 'windows-1252' }))[0]?.fields, ['2020', 'Café'])
  })

  test('a quote that is never closed stops the import instead of swallowing rows', async () => {
    await assert.rejects(rowsOf(written('open.csv', 'a,b\n1,2\n"3,4\n5,6\n')), /line \d+: a quote was opened/)
    const long = written('long.csv', `a,b\n1,2\n"3${',4\n'.repeat(50_000)}`)
    await assert.rejects(rowsOf(long), /a quote was opened/)
  })

  test('no file, an empty file and a broken archive are said in one line', async () => {
    await assert.rejects(rowsOf(join(folder, 'none.csv')), /there is no file/)
    await assert.rejects(rowsOf(written('empty.csv', '')), /is empty/)
    const whole = gzipSync(`a,b\n${'1,2\n'.repeat(3000)}`)
    await assert.rejects(rowsOf(written('cut.csv.gz', whole.subarray(0, whole.length - 30))), /not whole gzip data/)
    await assert.rejects(rowsOf(written('plain.csv.gz', 'a,b\n1,2\n')), /not whole gzip data/)
  })
})
