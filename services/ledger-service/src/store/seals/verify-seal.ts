import { NotCanonical } from '#libs/json/canonical-json.ts'
import { parseCheckpoint } from '#libs/merkle/checkpoints.ts'
import { leafHash } from '#libs/merkle/hashing.ts'
import { NoteRefused, openNote, parseVerifierKey, type VerifierKey } from '#libs/merkle/notes.ts'
import { appendLeaves, rootOf, type Tile, type Tree } from '#libs/merkle/tree.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { entryTexts, type SealedTransaction, type SealVersion, sealHash } from '../../proofs/texts.ts'
import { readCheckpoints } from './checkpoints.ts'
import type { BrokenLink, Finding } from './findings.ts'
import { movementsOf } from './movements.ts'
import { fieldsOf, readSeal, type SealRow } from './sealed-page.ts'
import { readTransactions } from './sealed-transactions.ts'
import { firstAlteredEntry } from './stored-entries.ts'

/** Where a verification stands: the last seal that fitted and the tree after it. */
export interface VerifiedHead {
  readonly seal_no: number
  readonly hash: string
  readonly tree: Tree
}

/** What of one seal was looked at, and the head after it; or what does not fit. */
export type SealVerdict =
  | { readonly finding: Finding }
  | { readonly finding: null; readonly head: VerifiedHead; readonly transactions: number; readonly entries: number }

/**
 * Computes the next seal anew from the journal and compares it with what was sealed, the entries with the journal, what the seal moved with
 * gl_movements, the tiles, and the checkpoint where one was signed.
 */
export async function verifyNext(sql: Queryable, last: VerifiedHead): Promise<SealVerdict> {
  const seal_no = last.seal_no + 1
  const seal = await readSeal(sql, seal_no)
  if (seal === undefined) return found(seal_no, `seal ${seal_no}`, 'a seal', 'none')
  const transactions = await readTransactions(sql, seal.transaction_ids)
  const finding =
    linkFinding(last, seal) ??
    journalFinding(seal, transactions) ??
    (await firstAlteredEntry(sql, seal, transactions as SealedTransaction[])) ??
    (await movedFinding(sql, seal, transactions as SealedTransaction[]))
  if (finding !== null) return { finding }
  const { tree, tiles } = appendLeaves(last.tree, seal.leaf_hashes)
  const root = rootOf(tree).toString('hex')
  if (root !== seal.root_hash.toString('hex'))
    return found(seal_no, `seal ${seal_no}: root_hash`, root, seal.root_hash.toString('hex'))
  const late = (await tileFinding(sql, seal_no, tiles)) ?? (await checkpointFinding(sql, seal))
  if (late !== null) return { finding: late }
  const head = { seal_no, hash: seal.hash.toString('hex'), tree }
  return { finding: null, head, transactions: seal.transaction_ids.length, entries: seal.leaf_count }
}

function found(seal_no: number | null, what: string, expected: string, instead: string): { finding: Finding } {
  return { finding: findingOf({ seal_no, what, expected, found: instead }) }
}

function findingOf(broken: BrokenLink, about: Partial<Finding> = {}): Finding {
  return { account_id: null, cached_cents: 0n, computed_cents: 0n, ...about, broken }
}

function linkFinding(last: VerifiedHead, seal: SealRow): Finding | null {
  const fields = fieldsOf(seal)
  const { seal_no } = seal
  const compared: [string, string, string][] = [
    ['previous_hash', last.hash, fields.previous_hash],
    ['first_leaf', String(last.tree.size), String(fields.first_leaf)],
    ['hash', sealHash(fields), seal.hash.toString('hex')],
    ['leaf_count', String(seal.entry_counts.reduce((sum, count) => sum + count, 0)), String(seal.leaf_count)],
  ]
  const wrong = compared.find(([, expected, instead]) => expected !== instead)
  if (wrong === undefined) return null
  const [name, expected, instead] = wrong
  return findingOf({ seal_no, what: `seal ${seal_no}: ${name}`, expected, found: instead })
}

/** The leaves are made from the journal, which says all that a transaction did, and compared with what was hashed when it was sealed. */
function journalFinding(seal: SealRow, transactions: readonly (SealedTransaction | undefined)[]): Finding | null {
  const { seal_no } = seal
  let at = 0
  for (const [i, transaction] of transactions.entries()) {
    const id = seal.transaction_ids[i] as string
    const about = `transaction ${id}`
    if (transaction === undefined)
      return findingOf({ seal_no, what: about, expected: 'in the journal', found: 'missing' })
    const texts = textsOf(transaction, seal.version)
    const account_id = transaction.debit_account_ids[0] as string
    if (texts instanceof NotCanonical)
      return findingOf(
        { seal_no, what: about, expected: 'what has canonical JSON', found: texts.message },
        { account_id },
      )
    if (texts.length !== seal.entry_counts[i]) {
      const [expected, instead] = [String(seal.entry_counts[i]), String(texts.length)]
      return findingOf({ seal_no, what: `${about}: entries`, expected, found: instead }, { account_id })
    }
    for (const text of texts) {
      const sealed = seal.leaf_hashes.subarray(at, at + 32).toString('hex')
      const now = leafHash(text).toString('hex')
      if (sealed !== now) return findingOf({ seal_no, what: about, expected: sealed, found: now }, { account_id })
      at += 32
    }
  }
  return null
}

/** The leaves' texts, or why there are none: whoever changed what was sealed may have put anything there. */
function textsOf(transaction: SealedTransaction, sealed: SealVersion): string[] | NotCanonical {
  try {
    return entryTexts(transaction, sealed)
  } catch (error) {
    if (error instanceof NotCanonical) return error
    throw error
  }
}

async function movedFinding(
  sql: Queryable,
  seal: SealRow,
  transactions: readonly SealedTransaction[],
): Promise<Finding | null> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', business_date, value_date, currency, gl_code, debits, credits, entries) as line from gl_movements
    where seal_no = ${seal.seal_no}`
  const moved = await movementsOf(sql, new Map(), transactions)
  const lines = moved.map(({ value_date, currency, gl_code, debits, credits, entries }) =>
    [seal.business_date, value_date, currency, gl_code, debits, credits, entries].join(' '),
  )
  const [expected, instead] = [
    lines.sort().join('; '),
    rows
      .map((row) => row.line)
      .sort()
      .join('; '),
  ]
  if (expected === instead) return null
  return findingOf({ seal_no: seal.seal_no, what: `seal ${seal.seal_no}: gl_movements`, expected, found: instead })
}

async function tileFinding(sql: Queryable, seal_no: number, tiles: readonly Tile[]): Promise<Finding | null> {
  for (const { level, index, hashes } of tiles) {
    if (level === 0) continue
    const [row] = await sql<
      { hashes: Buffer }[]
    >`select hashes from merkle_tiles where level = ${level} and index = ${index}`
    if (row?.hashes.equals(hashes)) continue
    const [expected, instead] = [hashes.toString('hex', 0, 32), row?.hashes.toString('hex', 0, 32) ?? 'none']
    return findingOf({ seal_no, what: `tile ${level}/${index}`, expected, found: instead })
  }
  return null
}

async function checkpointFinding(sql: Queryable, seal: SealRow): Promise<Finding | null> {
  const [row] = await readCheckpoints(sql, { seal_no: seal.seal_no })
  if (row === undefined) return null
  const what = `checkpoint of ${row.tree_size}`
  const keys = await sql<{ verifier_key: string }[]>`select verifier_key from checkpoint_keys`
  const expected = `${seal.first_leaf + seal.leaf_count} ${seal.root_hash.toString('hex')}`
  const instead = noteSays(
    row.note,
    keys.map((key) => parseVerifierKey(key.verifier_key)),
  )
  return expected === instead ? null : findingOf({ seal_no: seal.seal_no, what, expected, found: instead })
}

/** The size and root that a note says, or why it is refused. */
function noteSays(note: string, keys: readonly VerifierKey[]): string {
  try {
    const { size, root } = parseCheckpoint(openNote(note, keys))
    return `${size} ${root.toString('hex')}`
  } catch (error) {
    if (error instanceof NoteRefused) return error.message
    throw error
  }
}
