import type { GetTransactionApiResponse, ListAccountsApiResponse } from '../../services/bank-api.ts'

export type Account = ListAccountsApiResponse['items'][number]
export type Transaction = GetTransactionApiResponse

const TYPES: Readonly<Record<Account['account_type'], string>> = {
  CHECKING: 'Everyday account',
  SAVINGS: 'Savings account',
  BUSINESS: 'Business account',
  LOAN: 'Loan account',
  CREDIT: 'Credit account',
}

/** What an account is called: by its owner, else by its kind. */
export function nameOf(account: Account): string {
  return account.nickname ?? TYPES[account.account_type]
}

export const STATUS_WORDS: Readonly<Record<Account['status'], string>> = {
  PENDING: 'Waits until we have verified you',
  ACTIVE: 'Active',
  FROZEN: 'Frozen: nothing can be sent',
  DORMANT: 'Not used for long',
  CLOSED: 'Closed',
}

const KINDS: Readonly<Record<Transaction['transaction_type'], string>> = {
  TRANSFER: 'Transfer',
  DEPOSIT: 'Paid in',
  WITHDRAWAL: 'Paid out',
  PAYMENT: 'Payment',
  BILL_PAYMENT: 'Bill',
  CARD: 'Card',
  FEE: 'Fee',
  INTEREST: 'Interest',
  LOAN_DISBURSEMENT: 'Loan paid out',
  LOAN_PAYMENT: 'Loan repaid',
  REVERSAL: 'Undone',
  ADJUSTMENT: 'Correction',
}

/** What a transaction is called in a list. */
export function titleOf(transaction: Transaction): string {
  return transaction.description.trim() === '' ? KINDS[transaction.transaction_type] : transaction.description
}

export function kindOf(transaction: Transaction): string {
  return KINDS[transaction.transaction_type]
}

/** Words for a state that somebody should know of; undefined for what is simply done. */
export function stateOf({ status }: Transaction): string | undefined {
  const words = {
    PENDING: 'On its way',
    PROCESSING: 'On its way',
    AWAITING_APPROVAL: 'Waits for a check by the bank',
    FAILED: 'Not done',
    CANCELLED: 'Taken back',
    REVERSED: 'Undone later',
    COMPLETED: undefined,
  } as const
  return words[status]
}
