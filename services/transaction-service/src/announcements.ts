import * as events from '#contracts/events/transaction.ts'
import type { Trace } from '#libs/contract/client.ts'
import { type NewEvent, occurred } from '#libs/contract/event.ts'
import { invariant, unreachable } from '#libs/problem/problem.ts'
import type { Step } from './domain/states.ts'
import type { TransactionRow } from './tables.ts'

/** The account whose events stay in order: the one that is debited, or the only one. */
export function keyAccount(row: TransactionRow): string {
  const account_id = row.source_account_id ?? row.destination_account_id
  invariant(account_id !== null, 'a transaction has an account')
  return account_id
}

/** What others hear of steps, each in its act. */
export function announcementsOf(row: TransactionRow, steps: readonly Step[], trace: Trace): NewEvent[] {
  // A hold that came when the transfer had been taken back asks for no fraud check any more.
  const isTakenBack = row.stage === 'RELEASING'
  return steps
    .filter(({ event_type }) => !(isTakenBack && event_type === 'transaction.balance_reserved'))
    .map((step) => announcementOf(row, step, trace))
}

/** What other services hear of a step of a transaction: ids, amounts and states, never the text of people. */
export function announcementOf(row: TransactionRow, step: Step, trace: Trace): NewEvent {
  const { transaction_id, transaction_ref, transaction_type, amount_cents, currency } = row
  const about = { transaction_id, account_id: keyAccount(row) }
  const related_account_id = row.source_account_id === null ? null : row.destination_account_id
  const money = { amount_cents, currency }
  switch (step.event_type) {
    case 'transaction.initiated': {
      const { session_id, client_id, device_id, auth_method, initiated_by } = row
      const origin = { session_id, client_id, device_id, auth_method, initiated_by }
      const data = { ...about, transaction_ref, related_account_id, ...money, transaction_type, ...origin }
      return occurred(events.transactionInitiated, data, trace)
    }
    case 'transaction.balance_reserved': {
      const { session_id, device_id } = row
      const data = { ...about, hold_id: row.hold_id ?? '', related_account_id, ...money, session_id, device_id }
      return occurred(events.transactionBalanceReserved, data, trace)
    }
    case 'transaction.fraud_check.passed':
      return occurred(events.transactionFraudCheckPassed, { ...about, fraud_score: row.fraud_score ?? 0 }, trace)
    case 'transaction.approval_required':
      return occurred(events.transactionApprovalRequired, { ...about, rule: String(step.data.rule), ...money }, trace)
    case 'transaction.processing':
      return occurred(events.transactionProcessing, about, trace)
    case 'transaction.releasing':
      return occurred(events.transactionReleasing, { ...about, code: step.code ?? 'RELEASED' }, trace)
    case 'transaction.processed': {
      const data = { ...about, ledger_transaction_id: row.ledger_transaction_id ?? '' }
      return occurred(events.transactionProcessed, data, trace)
    }
    case 'transaction.completed': {
      const { status, branch_id, value_date, completed_at } = row
      const end = { status, branch_id, value_date, merchant_category_code: null }
      const timestamp = (completed_at ?? row.stage_at).toISOString()
      const data = { ...about, transaction_ref, related_account_id, ...money, transaction_type, ...end, timestamp }
      return occurred(events.transactionCompleted, data, trace)
    }
    case 'transaction.failed':
      return occurred(events.transactionFailed, { ...about, ...money, code: step.code ?? 'FAILED' }, trace)
    case 'transaction.cancelled': {
      const data = { ...about, related_account_id, ...money, cancelled_by: row.cancelled_by ?? '' }
      return occurred(events.transactionCancelled, data, trace)
    }
    case 'transaction.reversed': {
      const reversal = { reversal_transaction_id: row.reversed_by ?? '', reason_code: step.code ?? '' }
      return occurred(events.transactionReversed, { ...about, ...reversal, related_account_id, ...money }, trace)
    }
    default:
      return unreachable(step.event_type)
  }
}

/** Every event kind of the stream. */
export const announced = [
  events.transactionInitiated,
  events.transactionBalanceReserved,
  events.transactionFraudCheckPassed,
  events.transactionApprovalRequired,
  events.transactionProcessing,
  events.transactionReleasing,
  events.transactionProcessed,
  events.transactionCompleted,
  events.transactionFailed,
  events.transactionCancelled,
  events.transactionReversed,
] as const
