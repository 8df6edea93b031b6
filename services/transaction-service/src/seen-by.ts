import type { Static } from 'typebox'
import { getTransaction, type Transaction } from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { TransactionRow } from './tables.ts'

type Told = Static<typeof Transaction>

/** How a caller sees transactions and the codes of their streams. */
export interface View {
  /** False for customers, who are not told what the bank thinks of them. */
  readonly isWhole: boolean
  transaction(row: TransactionRow): Told
  code(code: string | null): string | null
}

/** Staff and other services see all; everybody else sees what a customer may know. */
export function seenBy(caller: Pick<Caller, 'kind' | 'roles' | 'sub'>): View {
  const isStaff = caller.roles.some((role) => getTransaction.access.roles?.includes(role))
  return isStaff || caller.kind === 'service' ? whole : ofCustomer((row) => row.initiated_by === caller.sub)
}

/** The view of staff. */
export const whole: View = { isWhole: true, transaction: replyOf, code: (code) => code }

/** The view of the customer who began the transaction. */
export const ofInitiator: View = ofCustomer(() => true)

/** Neither the score, nor what the fraud check said, nor which other person did what. */
function ofCustomer(isOwn: (row: TransactionRow) => boolean): View {
  return {
    isWhole: false,
    transaction: (row) => {
      const reply = replyOf(row)
      const initiated_by = isOwn(row) ? row.initiated_by : null
      const failure_code = neutral(reply.failure_code)
      return { ...reply, fraud_score: null, approved_by: null, sca: null, initiated_by, failure_code }
    },
    code: neutral,
  }
}

/** Who is told that the fraud check stopped them learns how to pass it. */
function neutral(code: string | null): string | null {
  return code?.startsWith('FRAUD_') === true ? 'REFUSED' : code
}

/** A transfer becomes the payee's business when the money has come: before, and when it never does, it is the payer's alone. */
export function isSeenByPayee(row: Pick<TransactionRow, 'source_account_id' | 'status'>): boolean {
  return row.source_account_id === null || row.status === 'COMPLETED' || row.status === 'REVERSED'
}

/** A transaction as the contract tells it. Why it fails is told once it has failed. */
function replyOf(row: TransactionRow): Told {
  return {
    transaction_id: row.transaction_id,
    transaction_ref: row.transaction_ref,
    transaction_type: row.transaction_type,
    status: row.status,
    source_account_id: row.source_account_id,
    destination_account_id: row.destination_account_id,
    amount_cents: row.amount_cents,
    currency: row.currency,
    description: row.description,
    external_reference: row.external_reference,
    value_date: row.value_date,
    fraud_score: row.fraud_score,
    requires_approval: row.requires_approval,
    failure_code: row.status === 'FAILED' ? row.failure_code : null,
    initiated_by: row.initiated_by,
    approved_by: row.approved_by,
    sca: row.sca,
    ledger_transaction_id: row.ledger_transaction_id,
    reversal_of: row.reversal_of,
    reversed_by: row.reversed_by,
    created_at: row.created_at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
    booked_at: row.booked_at?.toISOString() ?? null,
  }
}
