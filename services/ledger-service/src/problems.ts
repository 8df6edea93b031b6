import { defineProblems, Problem, platformProblems } from '#libs/problem/problem.ts'

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
  LIMIT_EXCEEDED: [422, 'More than the limit of the account would leave it'],
  DAY_NOT_OVER: [409, 'The business day is not over'],
  NO_DAY_OVER: [409, 'No business day is over'],
  RUN_NOT_FOUND: [404, 'There was no such end of day'],
  RECONCILIATION_RUNNING: [409, 'A reconciliation is under way'],
  CURSOR_WRONG: [400, 'The cursor is none that this list gave out'],
  CLOCK_BACKWARDS: [422, 'The bank clock only moves forward'],
  CLOCK_TOO_FAR: [422, 'The bank clock does not move that far at once'],
  CLOCK_INPUT: [400, 'Say either a moment or a number of seconds'],
})

/** Broken constraints that stand for a refusal. The core refuses first; these speak only where an instance was overtaken. */
export const constraints = {
  reversals_pkey: problems.ALREADY_REVERSED,
  reconciliations_one_running: problems.RECONCILIATION_RUNNING,
}

/** Refuses amounts of a body that the contract's type cannot: limits below zero. */
export function refuseBelowZero(limits: Readonly<Record<string, bigint | null>>): void {
  const errors = Object.entries(limits).flatMap(([name, cents]) =>
    cents !== null && cents < 0n ? [{ pointer: `/${name}`, detail: 'must be zero or more' }] : [],
  )
  if (errors.length > 0) throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
}
