import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { isUnreadable, verifyCheckpoints, verifyExport, verifyReceipt, verifyStatement } from './src/verify.js'
import {
  type Books,
  exportOf,
  KEY,
  makeBooks,
  OTHER_KEY,
  type Plan,
  receiptOf,
  saidAfter,
  seriesOf,
  signedNote,
  statementOf,
} from './testing/books.ts'
import { type Change, changed, pathsIn } from './testing/changes.ts'
import { written } from './testing/judged.ts'

type Row = Record<string, unknown>
type Verdict = Awaited<
  ReturnType<typeof verifyExport | typeof verifyCheckpoints | typeof verifyReceipt | typeof verifyStatement>
>

const keys = KEY
const posting = fc.tuple(fc.nat(4), fc.nat(3), fc.integer({ min: 1, max: 100_000 }))
const plans: fc.Arbitrary<Plan> = fc.record({
  text: fc.string({ unit: 'grapheme', maxLength: 8 }),
  seals: fc.array(fc.array(fc.array(posting, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 5,
  }),
})
const changes: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom('alter', 'alter', 'alter', 'remove', 'repeat', 'swap', 'retype'),
  draw: fc.nat(),
})

const series = (rows: readonly unknown[], options = { keys }) => verifyCheckpoints([written(rows)], options)
const full = (rows: readonly unknown[], options = { keys }) => verifyExport([written(rows)], options)

function mustBeValid(verdict: Verdict): void {
  assert.ok(verdict.valid, verdict.valid ? '' : JSON.stringify(verdict.broken))
}

function brokenAt(verdict: Verdict): string {
  assert.ok(!verdict.valid, 'was taken for valid')
  const { line, what, expected, found } = verdict.broken
  for (const text of [what, expected, found]) assert.ok(text !== '' && text.length < 300 && !/\p{Cc}/u.test(text))
  return line === undefined ? what : `${line} ${what}`
}

/** One pair of books for the tests that need no others. */
async function someBooks(): Promise<Books> {
  const transaction = (i: number): [number, number, number][] => [[i % 5, i, 100 + i]]
  const seals = [0, 1, 2, 3].map((i) => [0, 1, 2, 3, 4].map((j) => transaction(5 * i + j)))
  return await makeBooks({ text: 'Miete März', seals })
}

describe('what the bank makes is valid', () => {
  test('each receipt, statement, series and export of any books', async () => {
    const property = fc.asyncProperty(plans, fc.nat(), fc.nat(), async (plan, draw, other) => {
      const books = await makeBooks(plan)
      const receipt = await receiptOf(books, draw % books.entries.length)
      mustBeValid(verifyReceipt(JSON.stringify(receipt, null, 1), { keys }))
      mustBeValid(verifyReceipt(JSON.stringify({ ...receipt, transaction: null }), { keys: [OTHER_KEY, KEY] }))
      const [from, to] = [draw % plan.seals.length, other % plan.seals.length].sort()
      const statement = await statementOf(books, draw % 5, { from: from ?? 0, to: to ?? 0 })
      mustBeValid(verifyStatement(JSON.stringify(statement, null, 2), { keys }))
      mustBeValid(await series(await seriesOf(books)))
      mustBeValid(await verifyCheckpoints([books.notes.join('---\n')], { keys }))
      mustBeValid(await full(await exportOf(books, 1 + (draw % plan.seals.length))))
    })
    await fc.assert(property, { numRuns: 40 })
  })

  test('a series of a bank that sealed the first entries of a day before the last ones of the day before', async () => {
    const books = await someBooks()
    const [first, later] = [saidAfter(books, 1), saidAfter(books, 2)]
    const notes = [first, { ...later, business_date: saidAfter(books, 0).business_date }].map(signedNote)
    mustBeValid(await verifyCheckpoints([(await Promise.all(notes)).join('---\n')], { keys }))
  })

  test('in pieces of any length, and with fields in any order', async () => {
    const books = await someBooks()
    const rows = (await exportOf(books)).map((row) => Object.fromEntries(Object.entries(row).reverse()))
    const bytes = Buffer.from(written(rows))
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (length) => {
      const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
        bytes.subarray(i * length, (i + 1) * length),
      )
      mustBeValid(await verifyExport(pieces, { keys }))
    })
    await fc.assert(property, { numRuns: 20 })
    mustBeValid(await verifyExport([bytes.subarray(0, -1)], { keys }))
  })

  test('a series in parts that begin where the one before ended, each by itself and joined', async () => {
    const rows = await seriesOf(await someBooks())
    const parts = [rows.slice(0, 2), [{ ...rows[1], consistency_proof: [] }, ...rows.slice(2)]]
    for (const part of [...parts, parts.flat()]) mustBeValid(await series(part))
    const joined = await series(parts.flat())
    // What stands twice is told once.
    assert.ok(joined.valid && joined.warnings.length === 0)
    assert.deepEqual([joined.checkpoints, joined.growths_proven], [rows.length, rows.length - 1])
    const twice = await series([...parts.flat(), { ...rows.at(-1), consistency_proof: [] }, {}])
    assert.match(brokenAt(twice), /^7 checkpoint$/)
    assert.match(brokenAt(await series([...rows.slice(0, 1), ...(parts[1] ?? [])])), /checkpoint 2: consistency_proof/)
  })

  test('and it says what it did not prove', async () => {
    const books = await someBooks()
    const rows = await exportOf(books)
    const bare = await full(rows.filter((row) => !('checkpoint' in row)))
    assert.ok(bare.valid && bare.entries_signed === 0 && /nothing in it is signed/.test(bare.warnings.join()))
    const last = rows.findLastIndex((row) => 'checkpoint' in row)
    const open = await full(rows.filter((_, i) => i !== last))
    assert.ok(open.valid && open.entries_signed === 20 && /last 20 entries/.test(open.warnings.join()))
    const notes = await verifyCheckpoints([books.notes.join('---\n')], { keys })
    assert.ok(notes.valid && notes.growths_proven === 0 && notes.warnings.length === 1)
    const proven = await series(await seriesOf(books))
    assert.ok(proven.valid && proven.growths_proven === 3 && proven.warnings.length === 0)
    const empty = await statementOf(await makeBooks({ text: '', seals: [[[[0, 0, 5]]]] }), 4, { from: 0, to: 0 })
    const verdict = verifyStatement(JSON.stringify(empty), { keys })
    assert.ok(verdict.valid && verdict.entries === 0 && verdict.warnings.length === 1)
    const warned = async (seals: Plan['seals'], days: { from: number; to: number }) => {
      const said = verifyStatement(JSON.stringify(await statementOf(await makeBooks({ text: '', seals }), 0, days)), {
        keys,
      })
      return said.valid && said.warnings.join()
    }
    const [once, twice] = [[[[0, 1, 5]]], [[[0, 1, 5]], [[1, 0, 2]]]] as const
    assert.equal(await warned([once, once], { from: 0, to: 0 }), '')
    assert.match(String(await warned([once, once], { from: 1, to: 1 })), /one entry.*said by the bank/)
    assert.equal(await warned([once, twice], { from: 1, to: 1 }), '')
    const saidInExport = async (seals: Plan['seals']) => {
      const verdict = await full(await exportOf(await makeBooks({ text: '', seals }), 2))
      return verdict.valid && verdict.warnings.join()
    }
    assert.equal(await saidInExport([[[[0, 1, 5]]], [[[2, 1, 5]], [[2, 1, 5]]]]), '')
    assert.match(String(await saidInExport([once, once])), /^2 accounts have one entry here.* said by the bank$/)
    assert.match(String(await saidInExport([once, [[[2, 1, 5]]]])), /^1 account has one entry here.* said by the bank$/)
  })
})

describe('one change anywhere is noticed, and named', () => {
  test('in a receipt', async () => {
    const property = fc.asyncProperty(plans, fc.nat(), changes, async (plan, draw, change) => {
      const books = await makeBooks(plan)
      const receipt = await receiptOf(books, draw % books.entries.length)
      const { value, path } = changed(receipt, change)
      if (path[0] === 'format') return assert.throws(() => verifyReceipt(JSON.stringify(value), { keys }), isUnreadable)
      const what = brokenAt(verifyReceipt(JSON.stringify(value), { keys }))
      const [field = ''] = path.map(String)
      const proof = /^(inclusion_proof|leaf_index)/
      if (field === 'entry') assert.ok(what.startsWith(['entry', ...path.slice(1)].join('.')) || proof.test(what), what)
      else if (field === 'leaf_index' || field === 'inclusion_proof') assert.match(what, proof)
      else assert.ok(what.startsWith(field), `${path.join('.')}: ${what}`)
    })
    await fc.assert(property, { numRuns: 400 })
  })

  test('in a statement', async () => {
    const property = fc.asyncProperty(plans, fc.nat(4), changes, async (plan, account, change) => {
      const books = await makeBooks(plan)
      const statement = await statementOf(books, account, { from: 0, to: plan.seals.length })
      if ((statement.entries as Row[]).length === 0) return
      const { value, path } = changed(statement, change)
      // A period that is said to be longer is no lie about an entry.
      if ((path[0] === 'from' || path[0] === 'to') && isKept(change)) return
      if (path[0] === 'format')
        return assert.throws(() => verifyStatement(JSON.stringify(value), { keys }), isUnreadable)
      const what = brokenAt(verifyStatement(JSON.stringify(value), { keys }))
      const [field = '', i, member] = path.map(String)
      if (field !== 'entries') {
        // What the first entry is held against, by the name of the entry.
        const first = /^entries\[0\]\.entry\.(sequence \(after opening_sequence\)|ledger_account_id|currency)/
        return assert.ok(what.startsWith(field) || first.test(what), `${field}: ${what}`)
      }
      if (i === undefined) return
      if (member === 'normal_sign') assert.match(what, /normal_sign/)
      else if (member !== undefined) assert.ok(what.startsWith(`entries[${i}].`), `${path.join('.')}: ${what}`)
      else assert.match(what, /^(entries\[\d+\]|closing_balance_cents|opening_balance_cents|entries)/)
    })
    await fc.assert(property, { numRuns: 400 })
  })

  test('in a series of checkpoints', async () => {
    const property = fc.asyncProperty(plans, changes, async (plan, change) => {
      const rows = await seriesOf(await makeBooks(plan))
      const { value, path } = changed(rows, change)
      if (path.length === 1 && (change.how === 'remove' || change.how === 'repeat')) {
        // A series may begin later and end earlier, and a checkpoint twice says the same twice, though its proof is another.
        const verdict = await series(value as Row[])
        const isEdge = path[0] === rows.length - 1
        const isSame = change.how === 'repeat' ? path[0] === 0 : isEdge
        return assert.equal(verdict.valid, isSame)
      }
      const [line, what] = brokenAt(await series(value as Row[])).split(/ (.*)/)
      const at = Number(path[0]) + 1
      assert.ok(path.length === 1 || Number(line) === at, `${path.join('.')}: line ${line} ${what}`)
      if (path.length > 1) assert.match(what ?? '', new RegExp(`checkpoint ${at}|^checkpoint|^consistency_proof`))
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test('in an export, at its line or at the seal that covers it', async () => {
    const property = fc.asyncProperty(plans, fc.nat(), changes, async (plan, draw, change) => {
      const books = await makeBooks(plan)
      const rows = await exportOf(books, 1 + (draw % plan.seals.length))
      const { value, path } = changed(rows, change)
      const row = rows[Number(path[0])] ?? {}
      if (isHarmless(row, path, change) || (path.length === 1 && 'account' in row && change.how === 'swap')) return
      if (path[0] === 0 && (path.length === 1 || path[1] === 'format')) {
        await assert.rejects(full(value as Row[]), isUnreadable).catch(async () => brokenAt(await full(value as Row[])))
        return
      }
      const verdict = await full(value as Row[])
      const line = Number(brokenAt(verdict).split(' ')[0])
      if (path.length === 1) return
      const at = Number(path[0]) + 1
      const seal = rows.findIndex((other, i) => i >= at - 1 && 'seal' in other) + 1
      const covering = at === 1 || 'account' in row ? rows.length : Math.max(seal, at)
      assert.ok(line >= at && line <= covering, `${path.join('.')}: line ${line}, not ${at} to ${covering}`)
    })
    await fc.assert(property, { numRuns: 500 })
  })

  /** A value of the same kind stands there. */
  function isKept({ how }: Change): boolean {
    return how !== 'remove' && how !== 'retype'
  }

  /** What no leaf holds cannot be proven; a checkpoint less proves less, and one twice proves the same. */
  function isHarmless(row: Row, path: readonly (string | number)[], change: Change): boolean {
    const isSaid = path[1] === 'account' && (path[2] === 'gl_code' || path[2] === 'account_type')
    if (isSaid) return isKept(change)
    return 'checkpoint' in row && path.length === 1 && (change.how === 'remove' || change.how === 'repeat')
  }

  test('every field of every line of an export, one by one', async () => {
    const rows = await exportOf(await someBooks(), 4)
    for (const path of pathsIn(rows)) {
      for (const how of ['alter', 'remove', 'retype'] as const) {
        const { value } = changed(rows, { how, draw: 0 }, path)
        const row = rows[Number(path[0])] ?? {}
        if (path.length === 1 || isHarmless(row, path, { how, draw: 0 }) || isDeepStrictEqual(value, rows)) continue
        const verdict = full(value as Row[])
        if (path[1] === 'format') await assert.rejects(verdict, isUnreadable)
        else assert.ok(!(await verdict).valid, `${how} ${path.join('.')}`)
      }
    }
  })

  test('a bit of any byte', async () => {
    const books = await someBooks()
    const documents = [
      { text: JSON.stringify(await receiptOf(books, 7)), check: async (text: string) => verifyReceipt(text, { keys }) },
      {
        text: JSON.stringify(await statementOf(books, 1, { from: 1, to: 2 })),
        check: async (text: string) => verifyStatement(text, { keys }),
      },
      { text: written(await seriesOf(books)), check: (text: string) => verifyCheckpoints([text], { keys }) },
      { text: books.notes.join('---\n'), check: (text: string) => verifyCheckpoints([text], { keys }) },
      { text: written(await exportOf(books)), check: (text: string) => verifyExport([text], { keys }) },
    ]
    const property = fc.asyncProperty(fc.nat(4), fc.nat(), fc.nat(7), async (which, at, bit) => {
      const { text, check } = documents[which]!
      const bytes = Buffer.from(text)
      bytes[at % bytes.length]! ^= 1 << bit
      const flipped = bytes.toString('utf8')
      // What is said and not proven: see the tests above.
      const proven = (one: string) => one.replace(/"(from|to)":"[\d-]*"|"(gl_code|account_type)":"[^"\\]*"/g, '')
      if (proven(flipped) === proven(text)) return
      try {
        brokenAt(await check(flipped))
      } catch (error) {
        assert.ok(isUnreadable(error), String(error))
      }
    })
    await fc.assert(property, { numRuns: 2000 })
  })
})
