import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyCheckpoints, verifyExport, verifyReceipt, verifyStatement } from './src/verify.js'
import { exportOf, KEY, makeBooks, receiptOf, saidAfter, seriesOf, signedNote, statementOf } from './testing/books.ts'
import { broken, DAYS, PLAN, written } from './testing/judged.ts'

type Row = Record<string, unknown>

const keys = KEY

/** Books in which one entry is written otherwise, and then sealed and signed as if it were right. */
const lying = (entry_id: string, lie: Row) =>
  makeBooks({ ...PLAN, distort: (entry) => (entry.entry_id === entry_id ? { ...entry, ...lie } : entry) })

describe('a bank that signs a lie is found out', () => {
  for (const [lie, field] of [
    [{ balance_cents: 12_345 }, 'balance_cents'],
    [{ sequence: 9 }, 'sequence'],
    [{ currency: 'USD' }, 'currency'],
    [{ ledger_account_id: 'account-0002' }, 'ledger_account_id'],
  ] as const) {
    test(`by the ${field} of one entry`, async () => {
      const books = await lying('entry-0005', lie)
      const own = broken(await verifyExport([written(await exportOf(books))], { keys }))
      assert.equal(own.what, `entries[0].${field}`)
      const account = field === 'ledger_account_id' ? 2 : 0
      const said = broken(verifyStatement(JSON.stringify(await statementOf(books, account, DAYS)), { keys }))
      assert.match(
        said.what,
        field === 'ledger_account_id' ? /sequence|balance/ : new RegExp(`^entries\\[\\d\\]\\.entry\\.${field}`),
      )
    })
  }

  test('by an entry that its transaction does not make', async () => {
    const books = await lying('entry-0005', { amount_cents: 7 })
    assert.equal(
      broken(verifyReceipt(JSON.stringify(await receiptOf(books, 4)), { keys })).what,
      'transaction.postings',
    )
    const { what, expected, found } = broken(await verifyExport([written(await exportOf(books))], { keys }))
    assert.deepEqual({ what, expected, found }, { what: 'entries[0].amount_cents', expected: '101', found: '7' })
  })

  test('by an entry that names another transaction than the one it hashes', async () => {
    const books = await lying('entry-0005', { ledger_transaction_id: 'booked-9999' })
    const { what } = broken(verifyReceipt(JSON.stringify(await receiptOf(books, 4)), { keys }))
    assert.equal(what, 'transaction.ledger_transaction_id')
    assert.match(broken(await verifyExport([written(await exportOf(books))], { keys })).what, /ledger_transaction_id/)
  })

  test('by another rate, another adjustment, or the text of version 1 where something was exchanged', async () => {
    const books = await makeBooks(PLAN)
    const rows = await exportOf(books)
    const at = rows.findIndex((row) => (row.transaction as Row | undefined)?.version === 2)
    const line = rows[at] as { transaction: Row; entries: Row[] }
    const { exchange, adjustment_id, ...bare } = line.transaction
    assert.ok(exchange !== null && adjustment_id !== null)
    const receipt = await receiptOf(books, books.entries.indexOf(line.entries[0] as Row))
    assert.ok(verifyReceipt(JSON.stringify(receipt), { keys }).valid)
    for (const lie of [
      { ...line.transaction, exchange: { ...(exchange as Row), rate: '1.0874' } },
      { ...line.transaction, exchange: null },
      { ...line.transaction, adjustment_id: 'adjustment-0002' },
      { ...line.transaction, adjustment_id: null },
      { ...bare, version: 1 },
    ]) {
      const changed = rows.with(at, { ...line, transaction: lie })
      const found = broken(await verifyExport([written(changed)], { keys }))
      assert.deepEqual([found.what, found.line], ['entries[0].transaction_hash', at + 1])
      const said = broken(verifyReceipt(JSON.stringify({ ...receipt, transaction: lie }), { keys }))
      assert.equal(said.what, 'transaction: hash')
    }
    for (const [lie, what] of [
      [{ exchange: null, adjustment_id: null }, 'transaction.version'],
      [{ exchange: { ...(exchange as Row), rate: 'high' } }, 'transaction.exchange.rate'],
      [{ exchange: { ...(exchange as Row), fee: 1 } }, 'transaction.exchange.fee'],
      [{ version: 1 }, 'transaction.exchange'],
      [{ version: 3 }, 'transaction.version'],
    ] as const) {
      const transaction = { ...line.transaction, ...lie }
      const { what: found } = broken(verifyReceipt(JSON.stringify({ ...receipt, transaction }), { keys }))
      assert.equal(found, what)
    }
  })

  test('by a seal of version 1 with a transaction of version 2 in it', async () => {
    const rows = await exportOf(await makeBooks({ ...PLAN, seal_version: 1 }))
    const { what, expected, found } = broken(await verifyExport([written(rows)], { keys }))
    assert.deepEqual([what, expected, found], ['seal 1: version', '2, as a transaction in it has', '1'])
    assert.ok(
      (await verifyExport([written(await exportOf(await makeBooks({ ...PLAN, seal_version: 2 })))], { keys })).valid,
    )
  })

  test('by rewriting the past: its later checkpoints do not continue the earlier ones', async () => {
    const told = await seriesOf(await makeBooks(PLAN))
    const retold = await seriesOf(await lying('entry-0001', { value_date: '2025-01-01' }))
    const { line, what } = broken(await verifyCheckpoints([written([told[0], retold[1], retold[2]])], { keys }))
    assert.deepEqual({ line, what }, { line: 2, what: 'checkpoint 2: consistency_proof: the later root' })
  })

  test('by two states of the tree at one size', async () => {
    const told = (await makeBooks(PLAN)).notes
    const retold = (await lying('entry-0001', { value_date: '2025-01-01' })).notes
    const { line, what } = broken(await verifyCheckpoints([[told[0], retold[0]].join('---\n')], { keys }))
    assert.deepEqual({ line, what }, { line: 10, what: 'checkpoint 2: root of an unchanged tree' })
  })

  test('by a checkpoint in an export that says something else than the books', async () => {
    const books = await makeBooks(PLAN)
    const rows = await exportOf(books)
    const at = rows.findIndex((row) => 'checkpoint' in row)
    const truth = saidAfter(books, 1)
    for (const [lie, what] of [
      [{ origin: 'other.example' }, 'checkpoint: origin'],
      [{ size: 7 }, 'checkpoint: tree size'],
      [{ root: Buffer.alloc(32) }, 'checkpoint: root'],
      [{ seal_no: 7 }, 'checkpoint: seal number'],
      [{ seal_hash: '1'.repeat(64) }, 'checkpoint: seal hash'],
      [{ sealed_at: '2026-01-01T00:00:00.000Z' }, 'checkpoint: time'],
    ] as const) {
      const changed = rows.with(at, { checkpoint: await signedNote({ ...truth, ...lie }) })
      const found = broken(await verifyExport([written(changed)], { keys }))
      assert.deepEqual([found.what, found.line], [what, at + 1])
    }
  })

  test('by a checkpoint that goes back, or says one seal in two ways', async () => {
    const books = await makeBooks(PLAN)
    const [before, after] = [saidAfter(books, 1), saidAfter(books, 2)]
    for (const [lie, what] of [
      [{ size: 3 }, 'tree size'],
      [{ seal_no: 1 }, 'seal number'],
      [{ sealed_at: '2026-01-01T00:00:00.000Z' }, 'time'],
      [{ size: before.size }, 'root of an unchanged tree'],
      [{ seal_no: before.seal_no }, 'hash of the same seal'],
      [{ seal_no: before.seal_no, seal_hash: before.seal_hash }, 'tree size of the same seal'],
    ] as const) {
      const notes = [await signedNote(before), await signedNote({ ...after, ...lie })]
      const found = broken(await verifyCheckpoints([notes.join('---\n')], { keys }))
      assert.equal(found.what, `checkpoint 2: ${what}`)
    }
  })

  test('by an earlier tree that a proof of growth does not begin with', async () => {
    const books = await makeBooks({ ...PLAN, seals: [...PLAN.seals, ...PLAN.seals] })
    const series = await seriesOf(books)
    for (const [at, empty] of [
      [1, 'later root'],
      [2, 'earlier root'],
    ] as const) {
      const checkpoint = await signedNote({ ...saidAfter(books, at), root: Buffer.alloc(32) })
      const links = [{ checkpoint, consistency_proof: [] }, series[at + 1]]
      assert.equal(
        broken(await verifyCheckpoints([written(links)], { keys })).what,
        `checkpoint 2: consistency_proof: the ${empty}`,
      )
    }
    const nothing = await signedNote({ ...saidAfter(books, 0), size: 0, root: Buffer.alloc(32) })
    const grown = [
      { checkpoint: nothing, consistency_proof: [] },
      { ...series[1], consistency_proof: [] },
    ]
    assert.match(broken(await verifyCheckpoints([written(grown)], { keys })).what, /root of the empty tree/)
  })

  test('by leaving out an entry, at the front, in the middle or at the end, however the balances are mended', async () => {
    const statement = await statementOf(await makeBooks(PLAN), 0, DAYS)
    const entries = statement.entries as { entry: { balance_cents: number; sequence: number } }[]
    for (const i of entries.keys()) {
      const kept = entries.toSpliced(i, 1)
      const opening = i === 0 ? { opening_balance_cents: entries[0]?.entry.balance_cents } : {}
      const closing = i === entries.length - 1 ? {} : { closing_balance_cents: statement.closing_balance_cents }
      const { what } = broken(
        verifyStatement(JSON.stringify({ ...statement, ...opening, ...closing, entries: kept }), { keys }),
      )
      assert.match(what, i === entries.length - 1 ? /^closing_balance_cents/ : /sequence/)
    }
  })

  test('by a statement of another period than its entries have', async () => {
    const statement = await statementOf(await makeBooks(PLAN), 0, DAYS)
    for (const period of [{ from: '2026-01-02' }, { to: '2026-01-02' }]) {
      const { what } = broken(verifyStatement(JSON.stringify({ ...statement, ...period }), { keys }))
      assert.match(what, /^entries\[\d\]\.entry\.business_date$/)
    }
  })

  test("by the sign of an account's first entry, which nothing went before", async () => {
    const statement = await statementOf(await makeBooks({ text: 'x', seals: [[[[0, 1, 100]]]] }), 0, DAYS)
    assert.ok(verifyStatement(JSON.stringify(statement), { keys }).valid)
    const [line] = statement.entries as { normal_sign: number }[]
    const entries = [{ ...line, normal_sign: -1 }]
    const forged = { ...statement, entries, opening_balance_cents: 200 }
    const { what, found } = broken(verifyStatement(JSON.stringify(forged), { keys }))
    assert.deepEqual([what, found], ['opening_balance_cents of an account without entries', '200'])
  })

  test('by the side of an account that is new in a later export, which nothing went before', async () => {
    const seals = [[[[0, 0, 100]]], [[[0, 1, 100]]]] as const
    const rows = await exportOf(await makeBooks({ text: 'x', seals }), 2)
    const at = rows.findIndex((row) => (row.account as Row | undefined)?.opening_sequence === 0)
    const { account } = rows[at] as { account: Row }
    assert.deepEqual([account.ledger_account_id, account.normal_side], ['account-0002', 'DEBIT'])
    assert.ok((await verifyExport([written(rows)], { keys })).valid)
    const booked = rows.find((row) => 'entries' in row) as { entries: Row[] }
    assert.deepEqual([booked.entries[1]?.side, booked.entries[1]?.balance_cents], ['CREDIT', -100])
    const forged = { ...account, normal_side: 'CREDIT', opening_balance_cents: -200 }
    const found = broken(await verifyExport([written(rows.with(at, { account: forged }))], { keys }))
    assert.deepEqual(
      [found.what, found.found, found.line],
      ['account.opening_balance_cents of an account without entries', '-200', at + 1],
    )
  })

  test('by a statement whose signs are those of the other side', async () => {
    const statement = await statementOf(await makeBooks(PLAN), 0, DAYS)
    const entries = (statement.entries as { normal_sign: number }[]).map((line) => ({
      ...line,
      normal_sign: -line.normal_sign,
    }))
    assert.match(
      broken(verifyStatement(JSON.stringify({ ...statement, entries }), { keys })).what,
      /opening_balance_cents|balance_cents/,
    )
    const same = entries.map((line) => ({ ...line, normal_sign: 1 }))
    assert.match(broken(verifyStatement(JSON.stringify({ ...statement, entries: same }), { keys })).what, /normal_sign/)
  })
})

describe('an export holds together as a whole', () => {
  const without = (rows: readonly Row[], i: number) => rows.toSpliced(i, 1)

  test('no line may be missing, be moved, or follow the end', async () => {
    const rows = await exportOf(await makeBooks(PLAN))
    const judged = async (changed: readonly Row[]) => broken(await verifyExport([written(changed)], { keys })).what
    for (const [i, row] of rows.entries()) if (i > 0 && !('checkpoint' in row)) await judged(without(rows, i))
    assert.match(await judged([...rows, rows[1]!]), /the line/)
    for (const [i, row] of rows.entries())
      if (i > 1) assert.equal(await judged([...rows, row]), 'the line', JSON.stringify(row))
    assert.match(await judged(rows.slice(0, -1)), /the last line/)
    assert.match(await judged([rows[0]!]), /the last line/)
    const account = rows.findIndex((row) => 'account' in row)
    assert.match(await judged(rows.toSpliced(account, 1, rows[account + 1]!)), /account|number/)
    const booked = rows.findIndex((row) => 'transaction' in row)
    assert.match(await judged(rows.toSpliced(booked + 1, 0, rows[account]!)), /the line/)
    const seal = rows.findLastIndex((row) => 'seal' in row)
    assert.match(await judged(without(rows, seal)), /checkpoint that no seal covers/)
    assert.match(await judged(without(without(rows, seal), seal)), /end that no seal covers/)
    assert.match(await judged(rows.with(seal, {})), /the line/)
  })

  test('each field that repeats what others say is named when it says something else', async () => {
    const rows = await exportOf(await makeBooks(PLAN))
    const kinds = ['account', 'seal', 'end'] as const
    const changes: readonly (readonly ['' | (typeof kinds)[number], string, unknown, string])[] = [
      ['', 'origin', 'other.example', 'origin'],
      ['', 'first_leaf', 1, 'frontier: its length'],
      ['', 'frontier', ['0'.repeat(64)], 'frontier: its length'],
      ['', 'previous_hash', '1'.repeat(64), 'previous_hash of an export from seal 1'],
      ['', 'accounts', 9, 'number of account lines'],
      ['account', 'opening_balance_cents', 1, 'account.opening_balance_cents of an account without entries'],
      ['account', 'opening_sequence', 1, 'account.opening_sequence in an export from seal 1'],
      ['seal', 'seal_no', 2, 'seal 1: seal_no'],
      ['seal', 'first_leaf', 1, 'seal 1: first_leaf'],
      ['seal', 'leaf_count', 1, 'seal 1: leaf_count'],
      ['seal', 'leaves_hash', '1'.repeat(64), 'seal 1: leaves_hash (of the entries since the seal before)'],
      ['seal', 'previous_hash', '1'.repeat(64), 'seal 1: previous_hash'],
      ['seal', 'root_hash', '1'.repeat(64), 'seal 1: root_hash'],
      ['seal', 'sealed_at', '2026-01-01T00:00:00.000Z', 'seal 1: hash'],
      ['seal', 'hash', '1'.repeat(64), 'seal 1: hash'],
      ['end', 'tree_size', 1, 'end.tree_size'],
      ['end', 'root_hash', '1'.repeat(64), 'end.root_hash'],
      ['end', 'seals', 1, 'end.seals'],
      ['end', 'transactions', 1, 'end.transactions'],
      ['end', 'entries', 1, 'end.entries'],
    ]
    for (const [kind, field, value, what] of changes) {
      const at = kind === '' ? 0 : rows.findIndex((row) => kind in row)
      const row = rows[at] as Row
      const changed = kind === '' ? { ...row, [field]: value } : { [kind]: { ...(row[kind] as Row), [field]: value } }
      const found = broken(await verifyExport([written(rows.with(at, changed))], { keys }))
      assert.deepEqual([found.what, found.line], [what, kind === '' && field === 'accounts' ? 5 : at + 1])
    }
    const first = { ...rows[0], first_leaf: 1, frontier: ['0'.repeat(64)] }
    const { what } = broken(await verifyExport([written(rows.with(0, first))], { keys }))
    assert.equal(what, 'first_leaf of an export from seal 1')
  })

  test('the debit stands before the credit', async () => {
    const rows = await exportOf(await makeBooks(PLAN))
    const at = rows.findIndex((row) => 'transaction' in row)
    const line = rows[at] as { readonly entries: readonly Row[] }
    const swapped = rows.with(at, { ...line, entries: line.entries.toReversed() })
    assert.equal(broken(await verifyExport([written(swapped)], { keys })).what, 'entries[0].side')
  })

  test('an account stands once, in its own currency, and not for nothing', async () => {
    const rows = await exportOf(await makeBooks(PLAN))
    const [header, first] = rows as [Row, { account: Row }]
    const judged = async (extra: Row) => {
      const more = [{ ...header, accounts: Number(header.accounts) + 1 }, first, { account: extra }, ...rows.slice(2)]
      return broken(await verifyExport([written(more)], { keys })).what
    }
    assert.equal(await judged(first.account), 'account.ledger_account_id')
    assert.equal(await judged({ ...first.account, ledger_account_id: 'account-9' }), 'account account-9')
    const foreign = rows.with(1, { account: { ...first.account, currency: 'CHF' } })
    assert.equal(broken(await verifyExport([written(foreign)], { keys })).what, 'entries[0].currency')
  })
})
