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
  EXCHANGE_WRONG: [422, 'The legs of the exchange do not fit its rate'],
  MAPPING_NOT_FOUND: [422, 'No line of the chart is mapped to this'],
  OVERDRAFT_IN_USE: [409, 'The account uses more than this overdraft'],
  GL_ACCOUNT_NOT_FOUND: [404, 'The chart of accounts has no such line'],
  GL_ACCOUNT_DIFFERS: [409, 'The chart of accounts has this line with other terms'],
  GL_ACCOUNT_WRONG: [422, 'The chart of accounts cannot have this line so'],
  LEDGER_TRANSACTION_NOT_FOUND: [404, 'The ledger has no such transaction'],
  ALREADY_REVERSED: [409, 'The transaction was reversed before'],
  REVERSAL_STANDS: [409, 'A reversal is not reversed: book anew'],
  LIMIT_EXCEEDED: [422, 'More than the limit of the account would leave it'],
  PERIOD_CLOSED: [422, 'The books of that day are closed'],
  PERIOD_OPEN: [422, 'The books of that day are open: propose a transaction'],
  PERIOD_NOT_FOUND: [404, 'The books have no such month or year'],
  PERIOD_NOT_OVER: [409, 'The period has days that are not closed'],
  PERIOD_ALREADY_CLOSED: [409, 'The period is closed, or is being closed'],
  EARLIER_PERIOD_OPEN: [409, 'An earlier period has to be closed first'],
  PROPOSAL_NOT_FOUND: [404, 'The ledger has no such proposal'],
  PROPOSAL_PENDING: [409, 'The same is proposed already and waits for a second person'],
  PROPOSAL_INCOMPLETE: [400, 'The proposal does not say what is to be booked'],
  OWN_PROPOSAL: [403, 'Who proposed it does not decide it; ask a colleague'],
  NOT_PENDING: [409, 'The proposal waits for nobody any more'],
  DAY_NOT_OVER: [409, 'The business day is not over'],
  NO_DAY_OVER: [409, 'No business day is over'],
  RUN_NOT_FOUND: [404, 'There was no such end of day'],
  RECONCILIATION_RUNNING: [409, 'A reconciliation is under way'],
  CURSOR_WRONG: [400, 'The cursor is none that this list gave out'],
  TOO_MANY_ACCOUNTS: [422, 'The user has more accounts than one list covers'],
  RANGE_WRONG: [400, 'The range ends before it begins, or is longer than a report covers'],
  GL_LINE_NOT_FOUND: [404, 'The chart has no such line'],
  ENTRY_NOT_FOUND: [404, 'The ledger has no such entry'],
  NOTHING_SEALED: [404, 'Nothing is sealed there'],
  NOT_SEALED_YET: [409, 'It is booked, but not sealed yet'],
  SIZE_UNKNOWN: [422, 'The tree never had such a size'],
  EXPORT_TOO_LARGE: [422, 'The export has too many accounts: ask for fewer seals'],
  STATEMENT_TOO_LONG: [422, 'The statement has too many entries to prove'],
  VERIFICATION_RUNNING: [409, 'A verification is under way'],
  VERIFICATION_NOT_FOUND: [404, 'There was no such verification'],
  BEYOND_HORIZON: [422, 'More may still become known for that moment'],
  BEFORE_FIRST_SEAL: [422, 'What was known before the books were sealed was not kept'],
  CLOCK_BACKWARDS: [422, 'The bank clock only moves forward'],
  CLOCK_TOO_FAR: [422, 'The bank clock does not move that far at once'],
  CLOCK_INPUT: [400, 'Say either a moment or a number of seconds'],
})

/** Broken constraints that stand for a refusal. The core refuses first; these speak only where an instance was overtaken. */
export const constraints = {
  reversals_pkey: problems.ALREADY_REVERSED,
  reconciliations_one_running: problems.RECONCILIATION_RUNNING,
  ledger_verifications_one_running: problems.VERIFICATION_RUNNING,
  ledger_proposals_one_close: problems.PROPOSAL_PENDING,
}

/** The refusal of a currency that no account can be kept in. */
export function unknownCurrency(): Problem {
  return new Problem(platformProblems.VALIDATION_FAILED, {
    errors: [{ pointer: '/currency', detail: 'must be a currency of ISO 4217' }],
  })
}

/** Refuses amounts of a body that the contract's type cannot: limits below zero. */
export function refuseBelowZero(limits: Readonly<Record<string, bigint | null>>): void {
  const errors = Object.entries(limits).flatMap(([name, cents]) =>
    cents !== null && cents < 0n ? [{ pointer: `/${name}`, detail: 'must be zero or more' }] : [],
  )
  if (errors.length > 0) throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
}
