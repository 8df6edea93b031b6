import type { transactionCompleted } from '#contracts/events/transaction.ts'
import type { DataOf } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'

export type Completed = DataOf<typeof transactionCompleted>

/** A booked transfer of 12.50 EUR of today, between accounts that nobody knows unless given. */
export function aCompletedTransfer(known: Partial<Completed> = {}): Completed {
  const now = new Date().toISOString()
  return {
    transaction_id: newId(),
    transaction_ref: 'TXN-2026-0000000042',
    account_id: newId(),
    related_account_id: newId(),
    amount_cents: 1_250n,
    currency: 'EUR',
    transaction_type: 'TRANSFER',
    status: 'COMPLETED',
    branch_id: null,
    value_date: now.slice(0, 10),
    merchant_category_code: null,
    timestamp: now,
    ...known,
  }
}
