import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { isUnreadable, verifyCheckpoints, verifyExport, verifyReceipt, verifyStatement } from './src/verify.js'
import { exportOf, KEY, makeBooks, OTHER_KEY, receiptOf, seriesOf, statementOf } from './testing/books.ts'
import { written } from './testing/judged.ts'

const keys = KEY
const PLAN = { text: 'x', seals: [[[[0, 1, 5] as const]], [[[1, 0, 7] as const]]] }

/** What each of the four says: a verdict, or that it cannot judge; anything else is a fault. */
async function judgements(text: string | Buffer): Promise<unknown[]> {
  const whole = text.toString()
  const judges = [
    async () => verifyReceipt(whole, { keys }),
    async () => verifyStatement(whole, { keys }),
    () => verifyCheckpoints([text], { keys }),
    () => verifyExport([text], { keys }),
  ]
  return await Promise.all(
    judges.map(async (judge) => {
      try {
        return await judge()
      } catch (error) {
        assert.ok(isUnreadable(error), String(error))
        return undefined
      }
    }),
  )
}

describe('nonsense is answered, never crashed on', () => {
  test('any text, JSON and bytes', async () => {
    const any = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.uint8Array().map(Buffer.from))
    const property = fc.asyncProperty(any, async (text) => {
      for (const verdict of await judgements(text as string | Buffer))
        assert.notEqual((verdict as { valid?: boolean })?.valid, true)
    })
    await fc.assert(property, { numRuns: 500 })
  })

  test('what is nested deeper than any document', async () => {
    for (const depth of [1_000, 100_000, 1_200_000]) {
      await judgements('['.repeat(depth))
      await judgements(`{"format":"bankflow-export/1","a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    }
    const receipt = await receiptOf(await makeBooks(PLAN), 0)
    const deep = JSON.stringify(receipt).replace('"place":{}', `"place":${'['.repeat(500)}${']'.repeat(500)}`)
    assert.ok(!verifyReceipt(deep, { keys }).valid)
  })

  test('a field whose name a terminal would obey, which is told as what it is', async () => {
    const receipt = await receiptOf(await makeBooks(PLAN), 0)
    for (const [name, told] of [
      ['\u001b[2J', '\\u001b[2J'],
      ['a\u007f', 'a\\u007f'],
    ] as const) {
      const verdict = verifyReceipt(
        JSON.stringify({ ...receipt, entry: { ...(receipt.entry as object), [name]: 1 } }),
        { keys },
      )
      assert.equal(verdict.valid ? 'valid' : verdict.broken.what, `entry.${told}`)
    }
  })

  test('what readers of JSON would not all read alike', async () => {
    const receipt = JSON.stringify(await receiptOf(await makeBooks(PLAN), 0))
    assert.ok(verifyReceipt(receipt, { keys }).valid)
    const said = (changed: string) => {
      assert.notEqual(changed, receipt)
      const verdict = verifyReceipt(changed, { keys })
      return verdict.valid ? 'valid' : `${verdict.broken.what}: ${verdict.broken.found}`
    }
    assert.match(
      said(receipt.replace('"amount_cents":5', '"amount_cents":1,"amount_cents":5')),
      /"amount_cents" stands twice/,
    )
    assert.match(said(receipt.replace('"metadata":{', '"metadata":{"place":{},')), /"place" stands twice/)
    assert.match(
      said(receipt.replace('"amount_cents":5', '"amount_cents":5.0')),
      /5\.0 is not written as a whole number/,
    )
    assert.match(said(receipt.replace('"amount_cents":5', '"amount_cents":50e-1')), /50e-1/)
    assert.match(said(receipt.replace('"amount_cents":5', '"amount_cents":5.5')), /amount_cents: 5\.5/)
    assert.match(said(receipt.replace('"amount_cents":5', '"amount_cents":-0')), /-0/)
    assert.match(said(receipt.replace('"amount_cents":5', '"amount_cents":05')), /05 is not written/)
    assert.match(said(receipt.replace('"amount_cents":5', '"amount_cents":9007199254740993')), /beyond/)
    assert.match(said(receipt.replace('"description":"x"', '"description":"\\ud800"')), /surrogate|description/)
    assert.match(said(receipt.replace('"metadata":{', '"metadata":{"__proto__":{"a":1},')), /^transaction: hash/)
    for (const number of ['NaN', 'Infinity', '+5', '.5', '5.', '']) {
      const changed = receipt.replace('"amount_cents":5', `"amount_cents":${number}`)
      assert.throws(() => verifyReceipt(changed, { keys }), isUnreadable, number)
    }
  })

  test('nothing where something must stand', async () => {
    const books = await makeBooks(PLAN)
    const [receipt, statement] = [await receiptOf(books, 0), await statementOf(books, 0, { from: 0, to: 1 })]
    const transaction = receipt.transaction as object
    const holes = [
      [verifyReceipt(JSON.stringify({ ...receipt, entry: null }), { keys }), 'entry'],
      [verifyReceipt(JSON.stringify({ ...receipt, leaf_index: 4 }), { keys }), 'leaf_index'],
      [
        verifyReceipt(JSON.stringify({ ...receipt, inclusion_proof: Array(129).fill('0'.repeat(64)) }), { keys }),
        'inclusion_proof',
      ],
      ...[[], [null]].map((postings, i) => {
        const changed = { ...receipt, transaction: { ...transaction, postings } }
        return [verifyReceipt(JSON.stringify(changed), { keys }), `transaction.postings${['', '[0]'][i]}`] as const
      }),
      [verifyStatement(JSON.stringify({ ...statement, entries: [null] }), { keys }), 'entries[0]'],
      [verifyStatement(JSON.stringify({ ...statement, from: '2026-02-01' }), { keys }), 'to'],
    ] as const
    for (const [verdict, what] of holes) assert.equal(verdict.valid ? 'valid' : verdict.broken.what, what)
    const rows = await exportOf(books)
    for (const [i, row] of rows.entries()) {
      for (const hole of [null, ...(i === 0 ? [] : [{ [Object.keys(row)[0] ?? '']: null }, []])]) {
        if (i === 0) await assert.rejects(verifyExport([written(rows.with(i, hole as never))], { keys }), isUnreadable)
        else assert.ok(!(await verifyExport([written(rows.with(i, hole as never))], { keys })).valid)
      }
    }
  })

  test('a line longer than any, without keeping what follows it', async () => {
    let given = 0
    function* endless() {
      while (true) {
        given += 1
        yield Buffer.alloc(1024 * 1024, 0x20)
      }
    }
    await assert.rejects(verifyExport(endless(), { keys }), isUnreadable)
    assert.ok(given < 80, `${given} MiB`)
  })

  test('a key that is none', () => {
    for (const wrong of [
      '',
      'a',
      `${KEY}x`,
      KEY.replace('+', '-'),
      KEY.replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
      [],
      undefined,
    ]) {
      assert.throws(() => verifyReceipt('{}', { keys: wrong as string }), isUnreadable)
    }
  })
})

describe('the program', () => {
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bankflow-verify-'))
    const books = await makeBooks(PLAN)
    const files = {
      receipt: JSON.stringify(await receiptOf(books, 0)),
      statement: JSON.stringify(await statementOf(books, 0, { from: 0, to: 1 })),
      checkpoints: written(await seriesOf(books)),
      export: written(await exportOf(books)),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  })
  after(() => rmSync(folder, { recursive: true }))

  const file = (name: string) => join(folder, name)
  function run(args: readonly string[], input = '') {
    const bin = join(import.meta.dirname, 'bin/bankflow-verify.js')
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { input, encoding: 'utf8' })
    assert.doesNotMatch(stdout + stderr, /^\s+at /m)
    return { status, stdout, stderr }
  }

  test('answers 0 and what was proven for a valid document, from a file or standard input', () => {
    for (const kind of ['receipt', 'statement', 'checkpoints', 'export']) {
      const fromFile = run([kind, file(kind), '--key', KEY])
      assert.equal(fromFile.status, 0, fromFile.stdout + fromFile.stderr)
      assert.match(fromFile.stdout, new RegExp(`^valid ${kind}\n`))
      assert.deepEqual(run([kind, '-', '--key', OTHER_KEY, '--key', KEY], readFileSync(file(kind), 'utf8')), fromFile)
      const verdict = JSON.parse(run([kind, file(kind), '--key', KEY, '--json']).stdout) as Record<string, unknown>
      assert.deepEqual([verdict.kind, verdict.valid], [kind, true])
    }
  })

  test('answers 1 and names the first broken link', () => {
    const changed = readFileSync(file('export'), 'utf8').replace('"seal_no":2', '"seal_no":3')
    const { status, stdout } = run(['export', '-', '--key', KEY], changed)
    assert.equal(status, 1)
    assert.match(stdout, /^BROKEN export, line 8\n {2}what {6}seal 2: seal_no\n {2}expected {2}2\n {2}found {5}3\n$/)
    const told = run(['export', '-', '--key', KEY, '--json'], changed)
    const broken = { line: 8, what: 'seal 2: seal_no', expected: '2', found: '3' }
    assert.deepEqual([told.status, JSON.parse(told.stdout)], [1, { kind: 'export', valid: false, broken }])
    const unsigned = readFileSync(file('export'), 'utf8').replace(/^\{"checkpoint".*\n/gm, '')
    assert.equal(run(['export', '-', '--key', KEY], unsigned).status, 0)
    assert.equal(run(['export', '-', '--key', KEY, '--require-signed'], unsigned).status, 1)
  })

  test('answers 2 and one line for what it cannot read, and for wrong usage', () => {
    for (const args of [
      [],
      ['receipt'],
      ['receipt', file('receipt')],
      ['nothing', file('receipt'), '--key', KEY],
      ['receipt', file('receipt'), 'more', '--key', KEY],
      ['receipt', file('none'), '--key', KEY],
      ['receipt', folder, '--key', KEY],
      ['receipt', file('statement'), '--key', KEY],
      ['receipt', file('export'), '--key', KEY],
      ['export', file('receipt'), '--key', KEY],
      ['receipt', file('receipt'), '--key', 'no key'],
      ['receipt', file('receipt'), '--key', KEY, '--quick'],
    ]) {
      const { status, stdout, stderr } = run(args)
      assert.equal(status, 2, args.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, /^bankflow-verify: [^\n]+\n$/)
      assert.doesNotMatch(stderr, /a fault of/)
    }
    const { status, stdout } = run(['export', file('receipt'), '--key', KEY, '--json'])
    assert.deepEqual([status, Object.keys(JSON.parse(stdout) as object)], [2, ['valid', 'error']])
  })

  test('explains itself', () => {
    const { status, stdout } = run(['--help'])
    assert.equal(status, 0)
    for (const word of ['receipt', 'statement', 'checkpoints', 'export', '--key', '--json', 'Exit status'])
      assert.ok(stdout.includes(word))
    assert.match(run(['--version']).stdout, /^\d+\.\d+\.\d+\n$/)
  })
})
