import { EMPTY_TREE } from '#libs/merkle/tree.ts'
import type { Sql } from '#libs/sql/database.ts'
import { NO_SEAL_HASH } from '#services/ledger-service/src/proofs/texts.ts'
import { firstBeside } from '#services/ledger-service/src/store/seals/beside-seals.ts'
import { lastSealNo } from '#services/ledger-service/src/store/seals/sealed-page.ts'
import { type VerifiedHead, verifyNext } from '#services/ledger-service/src/store/seals/verify-seal.ts'
import { requireNone } from './violation.ts'

/** Verifies the seals that came since the last call, as the ledger verifies itself, and that nothing stands beside them. */
export function followSeals(sql: Sql): () => Promise<void> {
  let head: VerifiedHead = { seal_no: 0, hash: NO_SEAL_HASH, tree: EMPTY_TREE }
  return async () => {
    const last = await lastSealNo(sql)
    while (head.seal_no < last) {
      const verdict = await verifyNext(sql, head)
      requireNone('chain and tree are intact', verdict.finding === null ? [] : [verdict.finding])
      if (verdict.finding === null) head = verdict.head
    }
    const beside = await firstBeside(sql, last)
    requireNone('every transaction is in one seal, or on its way into one', beside === null ? [] : [beside])
  }
}

/** Transactions that no seal holds yet. */
export function unsealed(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'a transaction in no seal' as what, ledger_transaction_id from journal_transactions
    where ledger_transaction_id not in (select unnest(transaction_ids) from seals)`
}
