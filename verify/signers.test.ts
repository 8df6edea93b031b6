import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyCheckpoints, verifyExport, verifyReceipt, verifyStatement } from './src/verify.js'
import {
  exportOf,
  KEY,
  makeBooks,
  OTHER_KEY,
  receiptOf,
  saidAfter,
  seriesOf,
  signedNote,
  signedText,
  statementOf,
} from './testing/books.ts'
import { broken, DAYS, PLAN, written } from './testing/judged.ts'

const keys = KEY

describe('who signed is checked', () => {
  test('the key of another with the same name proves nothing', async () => {
    const books = await makeBooks(PLAN)
    const wrong = { keys: OTHER_KEY }
    for (const verdict of [
      verifyReceipt(JSON.stringify(await receiptOf(books, 1)), wrong),
      verifyStatement(JSON.stringify(await statementOf(books, 0, DAYS)), wrong),
      await verifyCheckpoints([written(await seriesOf(books))], wrong),
      await verifyExport([written(await exportOf(books))], wrong),
    ]) {
      assert.match(broken(verdict).what, /^checkpoint( 1)?: signature$/)
    }
  })

  test('a signature taken from another checkpoint is wrong', async () => {
    const { notes } = await makeBooks(PLAN)
    const moved = `${notes[0]?.split('\n\n')[0]}\n\n${notes[1]?.split('\n\n')[1]}`
    assert.equal(broken(await verifyCheckpoints([moved], { keys })).what, 'checkpoint 1: signature')
  })

  test('a signed text that is no checkpoint, or that of another, is refused by the line that is wrong', async () => {
    const [, note = ''] = (await makeBooks(PLAN)).notes
    const lines = note.split('\n').slice(0, 6)
    for (const [i, line, what] of [
      [0, 'other.example', 'origin'],
      [1, '08', 'tree size'],
      [1, '9007199254740993', 'tree size'],
      [2, 'AAAA', 'root'],
      [3, `seal 02 ${'0'.repeat(64)}`, 'seal line'],
      [3, 'seal 2', 'seal line'],
      [4, 'time 2026-01-02', 'time line'],
      [5, 'business-date 2026-02-30', 'business-date line'],
      [5, 'business-date 2026-01-02\n', 'lines'],
    ] as const) {
      const text = await signedText(`${lines.with(i, line).join('\n')}\n${what === 'lines' ? 'more\n' : ''}`)
      assert.equal(broken(await verifyCheckpoints([text], { keys })).what, `checkpoint 1: ${what}`)
    }
    const more = await signedText(`${lines.join('\n')}\nwitnesses 3\n`)
    assert.ok((await verifyCheckpoints([more], { keys })).valid)
    for (const line of ['no signature', '— a AAAA', '— a b\u0000c', `— a ${'A'.repeat(7)}`]) {
      assert.equal(broken(await verifyCheckpoints([`${note}${line}\n`], { keys })).what, 'checkpoint 1: signature line')
    }
  })

  test('a note has at most 16 signatures, and a series begins without a proof and goes on without going back', async () => {
    const books = await makeBooks(PLAN)
    const witness = `— witness.example ${Buffer.alloc(76, 7).toString('base64')}\n`
    const crowded = await verifyCheckpoints([`${books.notes[0]}${witness.repeat(16)}`], { keys })
    assert.equal(broken(crowded).what, 'checkpoint 1: signatures')
    const [first, second] = await seriesOf(books)
    const proven = { ...first, consistency_proof: second?.consistency_proof }
    assert.equal(broken(await verifyCheckpoints([written([proven])], { keys })).what, 'checkpoint 1: consistency_proof')
    const checkpoint = await signedNote({ ...saidAfter(books, 1), sealed_at: '2025-01-01T00:00:00.000Z' })
    const back = [first, { ...second, checkpoint }]
    assert.equal(broken(await verifyCheckpoints([written(back)], { keys })).what, 'checkpoint 2: time')
  })

  test('a witness may sign too, also with something that is not Ed25519', async () => {
    const { notes } = await makeBooks(PLAN)
    const witnessed = `${notes[0]}— witness.example ${Buffer.alloc(76, 7).toString('base64')}\n`
    assert.ok((await verifyCheckpoints([witnessed], { keys })).valid)
  })
})
