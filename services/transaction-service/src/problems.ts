import { defineProblems } from '#libs/problem/problem.ts'

/** The refusals of transaction-service. */
export const problems = defineProblems({
  DESTINATION_REQUIRED: [400, 'Name the destination by its id or by its number, and by one of them only'],
  CURRENCY_UNKNOWN: [400, 'No bank keeps accounts in this currency'],
  CURSOR_WRONG: [400, 'This cursor was not given out by the list'],
  ACCOUNT_NOT_FOUND: [404, 'There is no such account'],
  DESTINATION_NOT_FOUND: [404, 'There is no such account to pay to'],
  TRANSACTION_NOT_FOUND: [404, 'There is no such transaction'],
  BATCH_NOT_FOUND: [404, 'There is no such batch'],
  OWN_TRANSACTION: [403, 'A second person decides, not the one who began the transaction or owns one of its accounts'],
  OWN_ACCOUNT: [403, 'Staff do nothing to an account that is their own'],
  NOT_AWAITING_APPROVAL: [409, 'The transaction does not wait for a decision'],
  APPROVAL_EXPIRED: [409, 'The transaction waited too long: the amount is no longer held for it'],
  ACCOUNT_FROZEN: [409, 'The account is frozen: nothing may leave it'],
  ACCOUNT_CLOSED: [409, 'The account is closed'],
  BATCH_TOO_LARGE: [409, 'The batch has as many rows as a batch may have; begin another'],
  SAME_ACCOUNT: [422, 'Source and destination are the same account'],
  VALUE_DATE_IN_FUTURE: [422, 'The value date lies after the business date'],
  CURRENCY_MISMATCH: [422, 'The account is kept in another currency'],
})
