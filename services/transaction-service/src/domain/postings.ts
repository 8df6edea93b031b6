import { invariant } from '#libs/problem/problem.ts'
import type { TransactionRow } from '../tables.ts'

/** How the ledger is told to book a transaction: which account is debited and which is credited, and as which business event. */
export interface Booking {
  readonly business_event: 'TRANSFER' | 'CASH_DEPOSIT' | 'CASH_WITHDRAWAL' | 'IMPORT'
  /** A customer's account, or the code of one of the bank's own. */
  readonly debit: string
  readonly credit: string
}

/**
 * A customer's deposit is a liability of the bank, so what leaves an account debits it and what arrives credits it. Cash goes over the till;
 * imported history comes from the other side that nobody knows, which is a clearing account.
 */
export function bookingOf(row: TransactionRow): Booking {
  invariant(row.reversal_of === null, 'a reversal is booked as the opposite of what it undoes')
  const { source_account_id: source, destination_account_id: destination } = row
  if (source !== null && destination !== null) return { business_event: 'TRANSFER', debit: source, credit: destination }
  const isImport = row.batch_id !== null
  const other = isImport ? 'IMPORT_CLEARING' : 'CASH'
  if (source !== null) return { business_event: isImport ? 'IMPORT' : 'CASH_WITHDRAWAL', debit: source, credit: other }
  invariant(destination !== null, 'a transaction has an account')
  return { business_event: isImport ? 'IMPORT' : 'CASH_DEPOSIT', debit: other, credit: destination }
}
