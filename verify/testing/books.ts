import { generateKeyPairSync, hash, sign } from 'node:crypto'
import { canonicalJson } from '../../libs/json/canonical-json.ts'
import { checkpointText } from '../../libs/merkle/checkpoints.ts'
import { leafHashes } from '../../libs/merkle/hashing.ts'
import { type NoteSigner, signNote, verifierKeyText } from '../../libs/merkle/notes.ts'
import { consistencyProof, frontierAt, inclusionProof } from '../../libs/merkle/proofs.ts'
import type { TreeSource } from '../../libs/merkle/tiles.ts'
import { appendLeaves, EMPTY_TREE, rootOf, type Tree } from '../../libs/merkle/tree.ts'

type Row = Record<string, unknown>

/** Which books to make: transactions of each seal, postings of each transaction, as `[debit, credit, amount]`. */
export type Plan = {
  readonly seals: readonly (readonly (readonly (readonly [number, number, number])[])[])[]
  readonly text: string
  /** How a bank that lies writes an entry before it seals and signs it. */
  readonly distort?: (entry: Row) => Row
  /** The version of each seal, right or not. */
  readonly seal_version?: 1 | 2
}

type Sealed = { readonly seal: Row & { hash: string }; readonly lines: readonly Row[]; readonly tree: Tree }

const ORIGIN = 'bankflow.example/ledger'
const ACCOUNTS = 5
const id = (kind: string, i: number) => `${kind}-${String(i).padStart(4, '0')}`
const isDebit = (account: number) => account % 2 === 0
const currencyOf = (account: number) => (account < 3 ? 'EUR' : 'USD')
/** A day a seal. */
const dayOf = (seal: number) => new Date(Date.UTC(2026, 0, 1 + seal)).toISOString().slice(0, 10)

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const signer: NoteSigner = { name: ORIGIN, public_key: publicKey, sign: (text) => sign(null, text, privateKey) }
export const KEY: string = verifierKeyText(ORIGIN, publicKey)
/** The key of somebody else under the same name. */
export const OTHER_KEY: string = verifierKeyText(ORIGIN, generateKeyPairSync('ed25519').publicKey)

/** Books as the ledger keeps and proves them, made by the bank's own side of the code. */
export type Books = {
  readonly plan: Plan
  readonly entries: readonly Row[]
  readonly sealed: readonly Sealed[]
  readonly source: TreeSource
  readonly notes: readonly string[]
}

/** Books of a plan: everything sealed, in a tree, with a checkpoint at each second seal and at the last one. */
export async function makeBooks(plan: Plan): Promise<Books> {
  const entries: Row[] = []
  const sealed: Sealed[] = []
  const tiles = new Map<string, Buffer>()
  const book = bookkeeper(plan)
  for (const transactions of plan.seals) {
    const lines = transactions.map((postings) => book(postings, sealed.length))
    const added = lines.flatMap((line) => line.entries as Row[])
    entries.push(...added)
    const before = sealed.at(-1)
    const hashes = leafHashes(added.map(canonicalJson))
    const { tree, tiles: full } = appendLeaves(before?.tree ?? EMPTY_TREE, hashes)
    for (const { level, index, hashes: tile } of full) tiles.set(`${level}/${index}`, tile)
    // A bank that once sealed nothing but version 1 still does where nothing else is said.
    const isSaid = lines.some(({ transaction }) => (transaction as Row).version === 2)
    const version = plan.seal_version ?? (isSaid || sealed.length > 1 ? 2 : 1)
    sealed.push({ seal: sealOf(sealed.length, before, { tree, hashes, version }), lines, tree })
  }
  const last = sealed.at(-1)?.tree ?? EMPTY_TREE
  const source: TreeSource = { ...last, readTile: async (level, index) => tiles.get(`${level}/${index}`) }
  const notes = await Promise.all(sealed.map((_, i) => signedNote(saidAfter({ sealed }, i))))
  return { plan, entries, sealed, source, notes }
}

function bookkeeper({ text, distort = (entry) => entry }: Plan) {
  const balances = new Map<number, number>()
  const sequences = new Map<number, number>()
  let transactions = 0
  let count = 0
  return (postings: readonly (readonly [number, number, number])[], seal: number): Row => {
    const named = postings.map(([debit, credit, amount]) => posting(debit, credit, amount))
    const transaction = transactionOf(
      transactions,
      named.map(({ row }) => row),
      text,
    )
    transactions += 1
    const transaction_hash = hash('sha256', canonicalJson(transaction))
    const entries = named.flatMap(({ debit, credit, amount }) => [
      entry(debit, 'DEBIT', amount),
      entry(credit, 'CREDIT', amount),
    ])
    return { transaction, entries }

    function entry(account: number, side: 'DEBIT' | 'CREDIT', amount: number): Row {
      const raises = isDebit(account) === (side === 'DEBIT')
      balances.set(account, (balances.get(account) ?? 0) + (raises ? amount : -amount))
      sequences.set(account, (sequences.get(account) ?? 0) + 1)
      count += 1
      return distort({
        version: 1,
        entry_id: id('entry', count),
        ledger_account_id: id('account', account),
        ledger_transaction_id: transaction.ledger_transaction_id,
        sequence: sequences.get(account),
        side,
        amount_cents: amount,
        balance_cents: balances.get(account),
        currency: currencyOf(account),
        booked_at: `${dayOf(seal)}T10:00:00.000Z`,
        business_date: dayOf(seal),
        value_date: dayOf(seal + 1),
        transaction_hash,
      })
    }
  }
}

/** Both accounts in one currency: another one of the debit's currency where the credit's is not, or is the same account. */
function posting(debit: number, drawn: number, amount: number) {
  const same = Array.from({ length: ACCOUNTS }, (_, i) => i).filter(
    (account) => account !== debit && currencyOf(account) === currencyOf(debit),
  )
  const credit = same[drawn % same.length] ?? 0
  const row = {
    amount_cents: amount,
    credit_account_id: id('account', credit),
    currency: currencyOf(debit),
    debit_account_id: id('account', debit),
  }
  return { debit, credit, amount, row }
}

/** What some transactions say besides: they have version 2. */
function moreOf(i: number): Row {
  const exchange = i % 7 === 1 ? { sell_currency: 'EUR', buy_currency: 'USD', rate: '1.0873' } : null
  const adjustment_id = i % 4 === 1 ? id('adjustment', i) : null
  return exchange === null && adjustment_id === null ? { version: 1 } : { version: 2, exchange, adjustment_id }
}

function transactionOf(i: number, postings: readonly Row[], text: string): Row {
  return {
    ...moreOf(i),
    ledger_transaction_id: id('booked', i),
    transaction_id: id('transaction', i),
    source: 'transaction-service',
    step: 'POST',
    business_event: 'TRANSFER',
    reference: `TXN-${i}`,
    description: text,
    user_id: i % 2 === 0 ? null : 'user-7',
    correlation_id: id('correlation', i),
    hold_id: i % 3 === 0 ? id('hold', i) : null,
    reversal_of: i % 5 === 4 ? id('booked', i - 1) : null,
    metadata: i % 2 === 0 ? { 10: text, 9: [true, null, -i], place: {} } : null,
    postings,
  }
}

function sealOf(
  i: number,
  before: Sealed | undefined,
  grown: { readonly tree: Tree; readonly hashes: Buffer; readonly version: number },
): Sealed['seal'] {
  const first_leaf = before?.tree.size ?? 0
  const fields = {
    version: grown.version,
    seal_no: i + 1,
    first_leaf,
    leaf_count: grown.tree.size - first_leaf,
    leaves_hash: hash('sha256', grown.hashes),
    previous_hash: before?.seal.hash ?? '0'.repeat(64),
    root_hash: rootOf(grown.tree).toString('hex'),
    sealed_at: `${dayOf(i)}T10:00:01.000Z`,
  }
  return { ...fields, hash: hash('sha256', canonicalJson(fields)) }
}

/** What a checkpoint says, with the bank's signature, true or not. */
export type Said = {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly seal_no: number
  readonly seal_hash: string
  readonly sealed_at: string
  readonly business_date: string
}

/** A checkpoint that the bank signs. */
export async function signedNote({ origin, size, root, ...said }: Said): Promise<string> {
  const extensions = [
    `seal ${said.seal_no} ${said.seal_hash}`,
    `time ${said.sealed_at}`,
    `business-date ${said.business_date}`,
  ]
  return await signedText(checkpointText({ origin, size, root, extensions }))
}

/** Any text with the bank's signature. */
export async function signedText(text: string): Promise<string> {
  return await signNote(text, signer)
}

/** What the checkpoint after a seal says, counted from 0. */
export function saidAfter({ sealed }: Pick<Books, 'sealed'>, i: number): Said {
  const { seal, tree } = sealed[i] as Sealed
  return {
    origin: ORIGIN,
    size: tree.size,
    root: rootOf(tree),
    seal_no: i + 1,
    seal_hash: seal.hash,
    sealed_at: String(seal.sealed_at),
    business_date: dayOf(i),
  }
}

const hexes = (hashes: readonly Buffer[]) => hashes.map((one) => one.toString('hex'))

/** The receipt of an entry under the last checkpoint. */
export async function receiptOf(books: Books, leaf_index: number): Promise<Row> {
  const entry = books.entries[leaf_index]
  const line = books.sealed
    .flatMap(({ lines }) => lines)
    .find(({ entries }) => (entries as Row[]).some((one) => one === entry))
  const inclusion_proof = hexes(await inclusionProof(books.source, leaf_index))
  const checkpoint = books.notes.at(-1)
  return {
    format: 'bankflow-receipt/1',
    entry,
    transaction: line?.transaction,
    leaf_index,
    inclusion_proof,
    checkpoint,
  }
}

/** An account's statement of the days of some seals under the last checkpoint. */
export async function statementOf(
  books: Books,
  account: number,
  days: { readonly from: number; readonly to: number },
): Promise<Row> {
  const [from, to] = [dayOf(days.from), dayOf(days.to)]
  const own = books.entries.filter((entry) => entry.ledger_account_id === id('account', account))
  const before = own.filter((entry) => String(entry.business_date) < from)
  const within = own.filter((entry) => String(entry.business_date) >= from && String(entry.business_date) <= to)
  const entries = within.map(async (entry) => ({
    entry,
    normal_sign: isDebit(account) === (entry.side === 'DEBIT') ? 1 : -1,
    leaf_index: books.entries.indexOf(entry),
    inclusion_proof: hexes(await inclusionProof(books.source, books.entries.indexOf(entry))),
  }))
  return {
    format: 'bankflow-statement/1',
    ledger_account_id: id('account', account),
    currency: currencyOf(account),
    from,
    to,
    opening_balance_cents: before.at(-1)?.balance_cents ?? 0,
    closing_balance_cents: own[before.length + within.length - 1]?.balance_cents ?? 0,
    opening_sequence: before.length,
    entries: await Promise.all(entries),
    checkpoint: books.notes.at(-1),
  }
}

/** The series of all checkpoints with the proofs between them, a line each. */
export async function seriesOf(books: Books): Promise<Row[]> {
  const links = books.notes.map(async (checkpoint, i) => {
    const [from, to] = [books.sealed[i - 1]?.tree.size ?? 0, books.sealed[i]?.tree.size ?? 0]
    return { checkpoint, consistency_proof: hexes(await consistencyProof(books.source, from, to)) }
  })
  return await Promise.all(links)
}

/** The export from a seal on, as the values of its lines. */
export async function exportOf(books: Books, from_seal = 1): Promise<Row[]> {
  const sealed = books.sealed.slice(from_seal - 1)
  const before = books.sealed[from_seal - 2]
  const first_leaf = before?.tree.size ?? 0
  const accounts = accountLines(books, first_leaf)
  const header = {
    format: 'bankflow-export/1',
    origin: ORIGIN,
    from_seal,
    first_leaf,
    previous_hash: before?.seal.hash ?? '0'.repeat(64),
    frontier: hexes(await frontierAt(books.source, first_leaf)),
    accounts: accounts.length,
  }
  const body = sealed.flatMap(({ seal, lines }, i) => {
    const isSigned = i % 2 === 1 || i === sealed.length - 1
    return [...lines, { seal }, ...(isSigned ? [{ checkpoint: books.notes[from_seal - 1 + i] }] : [])]
  })
  const last = sealed.at(-1)
  const end = {
    tree_size: last?.tree.size,
    root_hash: last?.seal.root_hash,
    seals: sealed.length,
    transactions: sealed.reduce((sum, { lines }) => sum + lines.length, 0),
    entries: books.entries.length - first_leaf,
  }
  return [header, ...accounts, ...body, { end }]
}

function accountLines(books: Books, first_leaf: number): Row[] {
  const [before, within] = [books.entries.slice(0, first_leaf), books.entries.slice(first_leaf)]
  return Array.from({ length: ACCOUNTS }, (_, i) => i).flatMap((i) => {
    const ledger_account_id = id('account', i)
    const isOwn = (entry: Row) => entry.ledger_account_id === ledger_account_id
    if (!within.some(isOwn)) return []
    const account = {
      ledger_account_id,
      gl_code: `10${i}0`,
      account_type: isDebit(i) ? 'ASSET' : 'LIABILITY',
      normal_side: isDebit(i) ? 'DEBIT' : 'CREDIT',
      currency: currencyOf(i),
      opening_balance_cents: before.findLast(isOwn)?.balance_cents ?? 0,
      opening_sequence: before.filter(isOwn).length,
    }
    return [{ account }]
  })
}
