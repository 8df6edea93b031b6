import { getProvenStatement as contract } from '#contracts/api/ledger-proofs.ts'
import { inclusionProofs } from '#libs/merkle/proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { entryReply } from '../../proofs/replies.ts'
import type { SealedTransaction } from '../../proofs/texts.ts'
import { findAccount } from '../../store/accounts.ts'
import { coveringCheckpoint } from '../../store/seals/covering.ts'
import { readTreeSource } from '../../store/seals/head.ts'
import { findPlaces } from '../../store/seals/places.ts'
import { sealCommitted } from '../../store/seals/seal-committed.ts'
import type { SealedPlace } from '../../store/seals/seal-of.ts'
import { readTransactions } from '../../store/seals/sealed-transactions.ts'
import { entriesBetween, lastEntryBefore, type StatementEntry } from '../../store/seals/statement-entries.ts'

/** Entries of a statement at most. */
const MOST_ENTRIES = 1_000

/** A statement that proves itself: each entry under one signed root, dense sequences and running balances between opening and closing. */
export const getProvenStatement = implementRead(contract, {
  async read({ params: { ledger_account_id }, query: { from, to } }, { clock, own }) {
    const { database } = own
    const sql = database.app
    const account = await findAccount(sql, ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const wanted = { ledger_account_id: account.ledger_account_id, from, to }
    const rows = await entriesBetween(sql, { ...wanted, limit: MOST_ENTRIES + 1 })
    if (rows.length > MOST_ENTRIES)
      throw new Problem(problems.STATEMENT_TOO_LONG, {
        detail: `More than ${MOST_ENTRIES} entries: ask for fewer days`,
      })
    await sealCommitted({ database, clock, own })
    const leaves = await leavesOf(sql, rows)
    const size = leaves.reduce((most, leaf) => Math.max(most, leaf.leaf_index + 1), 1)
    const checkpoint = await coveringCheckpoint({ database, clock, own }, size)
    if (checkpoint === undefined) throw new Problem(problems.NOTHING_SEALED)
    const indexes = leaves.map((leaf) => leaf.leaf_index)
    const proofs = await inclusionProofs(await readTreeSource(sql), indexes, checkpoint.tree_size)
    const first = rows[0]
    const before = first === undefined ? await lastEntryBefore(sql, wanted) : undefined
    const opening_cents = first === undefined ? (before?.balance_cents ?? 0n) : first.balance_cents - first.signed_cents
    return {
      format: 'bankflow-statement/1' as const,
      ledger_account_id: account.ledger_account_id,
      currency: account.currency,
      from,
      to,
      opening_balance_cents: opening_cents,
      closing_balance_cents: rows.at(-1)?.balance_cents ?? opening_cents,
      opening_sequence: first === undefined ? (before?.sequence ?? 0) : first.sequence - 1,
      entries: leaves.map(({ row, transaction, leaf_index, version }, i) => ({
        entry: entryReply(transaction, row.ordinal, version),
        normal_sign: row.signed_cents > 0n ? (1 as const) : (-1 as const),
        leaf_index,
        inclusion_proof: (proofs[i] ?? []).map((hash) => hash.toString('hex')),
      })),
      checkpoint: checkpoint.note,
    }
  },
})

async function leavesOf(sql: Queryable, rows: readonly StatementEntry[]) {
  const ids = rows.map((row) => row.ledger_transaction_id)
  const [places, transactions] = await Promise.all([findPlaces(sql, ids), readTransactions(sql, ids)])
  return rows.map((row, i) => {
    const place: SealedPlace | undefined = places.get(row.ledger_transaction_id)
    const transaction: SealedTransaction | undefined = transactions[i]
    if (place === undefined || transaction === undefined) throw new Problem(problems.NOT_SEALED_YET)
    return { row, transaction, leaf_index: place.first_leaf + row.ordinal - 1, version: place.version }
  })
}
