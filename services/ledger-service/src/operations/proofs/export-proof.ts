import { exportProof as contract } from '#contracts/api/ledger-proofs.ts'
import { canonicalJson } from '#libs/json/canonical-json.ts'
import { frontierAt } from '#libs/merkle/proofs.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { sealRange } from '../../proofs/seal-range.ts'
import { entryTexts, NO_SEAL_HASH, type SealedTransaction, transactionText } from '../../proofs/texts.ts'
import { readCheckpoints } from '../../store/seals/checkpoints.ts'
import { newExportedAccounts, openingsOf } from '../../store/seals/exported-accounts.ts'
import { readTreeSource } from '../../store/seals/head.ts'
import { fieldsOf, lastSealNo, readSeal, type SealRow } from '../../store/seals/sealed-page.ts'
import { readTransactions } from '../../store/seals/sealed-transactions.ts'

/** Accounts that one export lists, and so remembers, at most. */
const MOST_ACCOUNTS = 1_000_000

interface Page {
  readonly seal: SealRow
  readonly transactions: SealedTransaction[]
}

/** Everything that was sealed in some seals, as a file that proves itself. It is read twice: first for whose accounts are in it. */
export const exportProof = implementRead(contract, {
  async read({ query }, { sql, own }) {
    const { from_seal, to_seal } = sealRange(query, await lastSealNo(sql))
    const first = await readSeal(sql, from_seal)
    invariant(first !== undefined, `seal ${from_seal} is missing`)
    const accounts = newExportedAccounts()
    for await (const { transactions } of pagesOf(sql, from_seal, to_seal)) {
      for (const transaction of transactions) accounts.meet(transaction)
      if (accounts.byId.size > MOST_ACCOUNTS) throw new Problem(problems.EXPORT_TOO_LARGE)
    }
    const frontier = await frontierAt(await readTreeSource(sql), first.first_leaf)
    const header = {
      format: 'bankflow-export/1',
      origin: own.signer.origin,
      accounts: accounts.byId.size,
      from_seal,
      first_leaf: first.first_leaf,
      previous_hash: from_seal === 1 ? NO_SEAL_HASH : first.previous_hash.toString('hex'),
      frontier: frontier.map((hash) => hash.toString('hex')),
    }
    const lines = [header, ...(await openingsOf(sql, accounts)).map((account) => ({ account }))]
    return {
      kind: 'file',
      content_type: 'application/x-ndjson',
      filename: `proof-${from_seal}-${to_seal}.ndjson`,
      bytes: bytesOf(lines.map(canonicalJson)),
      rest: sealsOf(sql, from_seal, to_seal),
    }
  },
})

/** Seals with what was sealed in them, one at a time. */
async function* pagesOf(sql: Queryable, from_seal: number, up_to: number): AsyncGenerator<Page> {
  for (let seal_no = from_seal; seal_no <= up_to; seal_no++) {
    const seal = await readSeal(sql, seal_no)
    invariant(seal !== undefined, `there is no seal ${seal_no}`)
    const transactions = (await readTransactions(sql, seal.transaction_ids)).map((transaction, i) => {
      invariant(
        transaction !== undefined,
        `transaction ${seal.transaction_ids[i]} of seal ${seal_no} is not in the journal`,
      )
      return transaction
    })
    yield { seal, transactions }
  }
}

/** The lines of each seal, and those of the end. */
async function* sealsOf(sql: Queryable, from_seal: number, up_to: number): AsyncGenerator<Buffer> {
  const counts = { seals: 0, transactions: 0, entries: 0 }
  let end: { tree_size: number; root_hash: string } | undefined
  for await (const { seal, transactions } of pagesOf(sql, from_seal, up_to)) {
    const lines = transactions.map(
      (transaction) =>
        `{"entries":[${entryTexts(transaction, seal.version).join(',')}],"transaction":${transactionText(transaction, seal.version)}}`,
    )
    const fields = fieldsOf(seal)
    lines.push(canonicalJson({ seal: { ...fields, hash: seal.hash.toString('hex') } }))
    const [checkpoint] = await readCheckpoints(sql, { seal_no: seal.seal_no })
    if (checkpoint !== undefined) lines.push(canonicalJson({ checkpoint: checkpoint.note }))
    yield bytesOf(lines)
    counts.seals += 1
    counts.transactions += transactions.length
    counts.entries += seal.leaf_count
    end = { tree_size: seal.first_leaf + seal.leaf_count, root_hash: fields.root_hash }
  }
  yield bytesOf([canonicalJson({ end: { ...end, ...counts } })])
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''))
}
