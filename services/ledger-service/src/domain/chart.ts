import type { AccountType, Side } from '../tables.ts'

/** A line of the chart of accounts. */
export interface ChartLine {
  readonly gl_code: string
  readonly name: string
  readonly account_type: AccountType
  readonly normal_side: Side
}

/** The bank's own accounts: one per currency each, without a floor, made at the first use of a currency. */
export const OWN_ACCOUNTS: readonly ChartLine[] = [
  { gl_code: 'CASH', name: 'Cash in the tills', account_type: 'ASSET', normal_side: 'DEBIT' },
  { gl_code: 'SETTLEMENT', name: 'Money on its way in or out', account_type: 'ASSET', normal_side: 'DEBIT' },
  { gl_code: 'SUSPENSE', name: 'Money that waits for its place', account_type: 'LIABILITY', normal_side: 'CREDIT' },
  { gl_code: 'IMPORT_CLEARING', name: 'Imported history of other banks', account_type: 'ASSET', normal_side: 'DEBIT' },
  { gl_code: 'INTEREST_EXPENSE', name: 'Interest on deposits', account_type: 'EXPENSE', normal_side: 'DEBIT' },
  {
    gl_code: 'INTEREST_PAYABLE',
    name: 'Interest earned by customers, not paid yet',
    account_type: 'LIABILITY',
    normal_side: 'CREDIT',
  },
]

/** Deposits are what the bank owes its customers: one account each, under the id of the customer's account. */
export const CUSTOMER_DEPOSITS: ChartLine = {
  gl_code: 'CUSTOMER_DEPOSITS',
  name: 'Deposits of a customer',
  account_type: 'LIABILITY',
  normal_side: 'CREDIT',
}
