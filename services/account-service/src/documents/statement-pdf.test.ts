import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { aStatement } from '../../testing/statements.ts'
import { statementPdf } from './statement-pdf.ts'

/** The file's objects with their streams unpacked, as text. */
function unpacked(pdf: Uint8Array): string {
  const raw = Buffer.from(pdf).toString('latin1')
  return raw.replaceAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g, (whole, data: string) => {
    try {
      return inflateSync(Buffer.from(data, 'latin1')).toString('latin1')
    } catch {
      return whole
    }
  })
}

describe('a statement as PDF', () => {
  test('is tagged, has a language and a title, its fonts inside, and one page when it is short', async () => {
    const text = unpacked(await statementPdf(aStatement()))
    assert.ok(text.startsWith('%PDF-1.7'))
    for (const part of ['/StructTreeRoot', '/Marked true', '/Lang (en)', '/S /Table', '/S /TH', '/FontFile'])
      assert.ok(text.includes(part), part)
    assert.match(text, /\/DisplayDocTitle true/)
    assert.equal(text.match(/\/Type \/Page\b(?!s)/g)?.length, 1)
  })

  test('is the same bytes for the same statement', async () => {
    const statement = aStatement()
    assert.deepEqual(await statementPdf(statement), await statementPdf(statement))
  })

  test('goes on over as many pages as it has lines, also with words in any script and without a holder', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => ({
      signed_cents: 1n,
      balance_cents: BigInt(i),
      description: i % 2 === 0 ? '家賃 🏠 Żółć'.repeat(12) : '',
    }))
    const text = unpacked(await statementPdf(aStatement({ lines, holder: '', is_truncated: true })))
    assert.ok((text.match(/\/Type \/Page\b(?!s)/g)?.length ?? 0) > 10)
  })
})
