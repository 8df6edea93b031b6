import type { Step } from '../domain/states.ts'
import type { TransactionEventRow, TransactionRow, TransactionStatus } from '../tables.ts'

/** The rows that steps add to a transaction's stream, after the `event_count` that it holds already. */
export function streamOf(
  before: Pick<TransactionRow, 'transaction_id' | 'correlation_id' | 'event_count'>,
  steps: readonly Step[],
  occurred_at: Date,
  status: TransactionStatus,
): TransactionEventRow[] {
  const { transaction_id, correlation_id, event_count } = before
  return steps.map(({ event_type, code, data }, i) => ({
    transaction_id,
    sequence: event_count + i + 1,
    event_type,
    status,
    code,
    data,
    occurred_at,
    correlation_id,
  }))
}
