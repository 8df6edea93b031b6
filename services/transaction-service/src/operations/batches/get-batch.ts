import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'

/** Failures that the reply names, without rows that were sent again and not refused since; the count says how many there are. */
const MAX_FAILURES = 1_000

interface AccountSum {
  account_id: string
  pending: number
  completed: number
  failed: number
  net_cents: bigint
}

/** How far a batch is: rows pending, completed and failed, sums per account, and the failures. */
export const getBatch = implementRead(api.getBatch, {
  async read({ params: { batch_id } }, { sql }) {
    const [batch] = await sql<{ row_count: number }[]>`select row_count from batches where batch_id = ${batch_id}`
    if (batch === undefined) throw new Problem(problems.BATCH_NOT_FOUND)
    // An account's balance fits int8, so the sum of what moved it does too.
    const accounts = await sql<AccountSum[]>`
      select coalesce(source_account_id, destination_account_id) as account_id,
        count(*) filter (where status in ('COMPLETED', 'REVERSED'))::int as completed,
        count(*) filter (where status = 'FAILED')::int as failed,
        count(*) filter (where status not in ('COMPLETED', 'FAILED', 'REVERSED'))::int as pending,
        coalesce(sum(case when source_account_id is null then amount_cents else -amount_cents end)
          filter (where status in ('COMPLETED', 'REVERSED')), 0)::int8 as net_cents
      from transactions where batch_id = ${batch_id} group by 1 order by 1`
    const failures = await sql<{ external_reference: string; transaction_id: string; code: string }[]>`
      select external_reference, transaction_id, failure_code as code
      from transactions t where batch_id = ${batch_id} and status = 'FAILED' and not exists (
        select 1 from imported_references again
        where again.account_id = coalesce(t.source_account_id, t.destination_account_id)
          and again.external_reference = t.external_reference)
      order by transaction_id limit ${MAX_FAILURES}`
    const total = (of: 'pending' | 'completed' | 'failed') => accounts.reduce((sum, account) => sum + account[of], 0)
    return {
      batch_id,
      rows: batch.row_count,
      pending: total('pending'),
      completed: total('completed'),
      failed: total('failed'),
      failures: failures.map((row) => ({ ...row, detail: 'The ledger refused to book this row' })),
      accounts: accounts.map(({ account_id, completed, net_cents }) => ({ account_id, completed, net_cents })),
    }
  },
})
