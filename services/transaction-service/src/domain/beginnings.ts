import type { TransactionRow } from '../tables.ts'
import { type Step, step } from './states.ts'

/** A transaction that has not been written yet: its reference is given by the database. */
export type NewTransaction = Omit<TransactionRow, 'transaction_ref'>

/** Who wants it, from where, and in which act: what every transaction is born with. */
export interface Birth {
  readonly transaction_id: string
  readonly initiated_by: string
  readonly session_id: string | null
  readonly client_id: string | null
  readonly device_id: string | null
  readonly auth_method: string | null
  readonly correlation_id: string
  readonly traceparent: string
  readonly created_at: Date
}

type Movement = Pick<TransactionRow, 'amount_cents' | 'currency' | 'description' | 'value_date' | 'branch_id'> &
  Partial<Pick<TransactionRow, 'external_reference' | 'batch_id'>>

/** A transfer begins by reserving the amount. */
export function newTransfer(
  birth: Birth,
  movement: Movement &
    Partial<Pick<TransactionRow, 'sca' | 'sca_policy'>> & { source_account_id: string; destination_account_id: string },
): NewTransaction {
  return { ...unmoved(birth), ...movement, transaction_type: 'TRANSFER', status: 'PENDING', stage: 'INITIATED' }
}

/** Cash at the counter and imported history need no hold and no fraud check: they begin by being booked. */
export function newCashMovement(
  birth: Birth,
  movement: Movement & { account_id: string; direction: 'CREDIT' | 'DEBIT' },
): NewTransaction {
  const { account_id, direction, ...rest } = movement
  const sides =
    direction === 'CREDIT'
      ? { transaction_type: 'DEPOSIT' as const, destination_account_id: account_id }
      : { transaction_type: 'WITHDRAWAL' as const, source_account_id: account_id }
  return { ...unmoved(birth), ...rest, ...sides, status: 'PROCESSING', stage: 'PROCESSING' }
}

/** A reversal swaps the sides of what it undoes; it begins by being booked. `reason` is the text of the person who wants it. */
export function newReversal(
  birth: Birth,
  original: TransactionRow,
  reversal: { value_date: string; reason: string },
): NewTransaction {
  const { transaction_id: reversal_of, amount_cents, currency, description, branch_id } = original
  return {
    ...unmoved(birth),
    ...{ reversal_of, amount_cents, currency, description, branch_id },
    source_account_id: original.destination_account_id,
    destination_account_id: original.source_account_id,
    value_date: reversal.value_date,
    decision_reason: reversal.reason,
    transaction_type: 'REVERSAL',
    status: 'PROCESSING',
    stage: 'PROCESSING',
  }
}

/** What another service had the ledger book is in the history as completed at once. */
export function newProjection(
  birth: Birth,
  movement: Movement &
    Pick<
      TransactionRow,
      'transaction_type' | 'source_account_id' | 'destination_account_id' | 'ledger_transaction_id' | 'booked_at'
    > & { projected_from: string },
): NewTransaction {
  return { ...unmoved(birth), ...movement, completed_at: birth.created_at, status: 'COMPLETED', stage: 'COMPLETED' }
}

function unmoved(birth: Birth) {
  return {
    ...birth,
    stage_at: birth.created_at,
    source_account_id: null,
    destination_account_id: null,
    external_reference: null,
    branch_id: null,
    hold_id: null,
    fraud_score: null,
    requires_approval: false,
    failure_code: null,
    approved_by: null,
    decision_reason: null,
    batch_id: null,
    ledger_transaction_id: null,
    completed_at: null,
    booked_at: null,
    reversal_of: null,
    reversed_by: null,
    cancelled_by: null,
    projected_from: null,
    sca: null,
    sca_policy: null,
    event_count: 0,
  }
}

/** The first events of a new transaction's stream; `category` is what the imported row said of itself. */
export function firstSteps(row: NewTransaction, category?: string): Step[] {
  if (row.stage === 'COMPLETED')
    return [step('transaction.completed', { ledger_transaction_id: row.ledger_transaction_id })]
  if (row.stage === 'INITIATED') return [step('transaction.initiated')]
  if (row.batch_id === null) return [step('transaction.initiated'), step('transaction.processing')]
  return [step('transaction.processing', category === undefined ? {} : { category })]
}
