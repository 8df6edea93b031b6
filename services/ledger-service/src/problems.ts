import { defineProblems } from '#libs/problem/problem.ts'

/** The ledger's refusals. Every one means that nothing was booked and nothing was reserved. */
export const problems = defineProblems({
  LEDGER_ACCOUNT_NOT_FOUND: [404, 'The ledger has no such account'],
  LEDGER_ACCOUNT_DIFFERS: [409, 'A ledger account with this id exists with other terms'],
  LEDGER_ACCOUNT_CLOSED: [409, 'The account is closed'],
  ACCOUNT_BLOCKED: [409, 'The account is blocked for this'],
  BALANCE_NOT_ZERO: [409, 'The account still has a balance or holds'],
  BALANCE_OUT_OF_RANGE: [422, 'The balance would be larger than the bank can keep'],
  INSUFFICIENT_FUNDS: [422, 'The account has not enough available money'],
  CURRENCY_MISMATCH: [422, 'The account is kept in another currency'],
  SAME_ACCOUNT: [422, 'Money cannot go from an account to itself'],
  HOLD_NOT_FOUND: [404, 'The ledger has no such hold'],
  HOLD_NOT_ACTIVE: [409, 'The hold cannot be captured'],
  HOLD_TOO_SMALL: [422, 'The hold is smaller than the amount to be captured'],
  LEDGER_TRANSACTION_NOT_FOUND: [404, 'The ledger has no such transaction'],
  ALREADY_REVERSED: [409, 'The transaction was reversed before'],
  CURSOR_WRONG: [400, 'The cursor is none that this list gave out'],
  CLOCK_BACKWARDS: [422, 'The bank clock only moves forward'],
  CLOCK_TOO_FAR: [422, 'The bank clock does not move that far at once'],
  CLOCK_INPUT: [400, 'Say either a moment or a number of seconds'],
})

/** Broken constraints that stand for a refusal. The core refuses first; these speak only where an instance was overtaken. */
export const constraints = { reversals_pkey: problems.ALREADY_REVERSED }
