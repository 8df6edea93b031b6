import type { Change } from '#libs/http/audit.ts'
import type { Tx } from '#libs/sql/database.ts'
import { currentTrace } from '#libs/telemetry/context.ts'
import type { TransactionRow, TransactionStatus } from '../tables.ts'

export type DecisionAction = 'APPROVED' | 'REJECTED' | 'CANCELLED' | 'REVERSED'

/** What each decision leads to. */
const LEADS_TO: Readonly<Record<DecisionAction, TransactionStatus>> = {
  APPROVED: 'PROCESSING',
  REJECTED: 'FAILED',
  CANCELLED: 'CANCELLED',
  REVERSED: 'REVERSED',
}

/** Keeps what a person decided about a locked transaction, and returns what the audit trail keeps of it. */
export async function recordDecision(
  tx: Tx,
  row: TransactionRow,
  decision: { action: DecisionAction; by: string; reason: string | null; at: Date },
): Promise<Change> {
  const { transaction_id, status, correlation_id } = row
  const { action, by, reason, at } = decision
  await tx`
    insert into transaction_audit (transaction_id, sequence, action, status_before, status_after, reason, acted_by, acted_at, correlation_id)
    select ${transaction_id}, count(*)::int + 1, ${action}, ${status}, ${LEADS_TO[action]}, ${reason}, ${by}, ${at},
      ${currentTrace()?.correlation_id ?? correlation_id}
    from transaction_audit where transaction_id = ${transaction_id}`
  return { before: { status }, after: { status: LEADS_TO[action], reason } }
}
