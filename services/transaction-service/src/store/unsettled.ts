import type { Id } from '#libs/ids/ids.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { TransactionRow } from '../tables.ts'
import { transactionColumns } from './transactions.ts'

/** Locks transactions that have not ended and were not looked at since `latest`, at most `limit`; what is being worked on is left out. */
export function lockLongUnsettled(tx: Tx, latest: Date, limit: number): Promise<TransactionRow[]> {
  return tx<TransactionRow[]>`
    select ${transactionColumns(tx)} from transactions
    where transaction_id = any(array(
      select transaction_id from unsettled_transactions where look_at <= ${latest} order by transaction_id limit ${limit}))
    order by transaction_id for update skip locked`
}

/** Records when transactions were looked at. */
export async function recordLook(tx: Tx, looks: readonly { transaction_id: Id; look_at: Date }[]): Promise<void> {
  await tx`
    update unsettled_transactions u set look_at = look.look_at
    from unnest(${looks.map(({ transaction_id }) => transaction_id)}::uuid[], ${looks.map(({ look_at }) => look_at.toISOString())}::text[]::timestamptz[])
      as look (transaction_id, look_at)
    where u.transaction_id = look.transaction_id`
}
