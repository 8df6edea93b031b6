import { defineProblems, type ProblemKind } from '#libs/problem/problem.ts'

export const problems = defineProblems({
  ACCOUNT_NOT_FOUND: [404, 'No such account'],
  ACCOUNT_CLOSED: [409, 'The account is closed'],
  ACCOUNT_FROZEN: [409, 'The account is frozen'],
  ACCOUNT_CHANGED: [409, 'Another change of the account is under way; try again'],
  BALANCE_NOT_ZERO: [409, 'The account still holds money or a reserved amount'],
  BRANCH_NOT_FOUND: [422, 'No such branch'],
  CURRENCY_NOT_OFFERED: [422, 'The product is not offered in this currency'],
  CURSOR_WRONG: [400, 'The cursor is not one of this list'],
  CUSTOMER_NOT_YOURS: [403, 'You may only do this for yourself'],
  CUSTOMER_REQUIRED: [422, 'Say for which customer'],
  FIRST_OWNER_STAYS: [409, 'The first owner of an account cannot be removed'],
  OVERDRAFT_NOT_ALLOWED: [422, 'No overdraft can be granted here'],
  OWN_ACCOUNT: [403, 'Staff do nothing to an account of their own; ask a colleague'],
  OWNER_EXISTS: [409, 'The customer is on this account already'],
  OWNER_NOT_FOUND: [404, 'The customer is not on this account'],
  PRODUCT_NOT_FOUND: [422, 'No such product is offered'],
})

/** Broken constraints that stand for a refusal. */
export const constraints: Readonly<Record<string, ProblemKind>> = {
  accounts_branch_id_fkey: problems.BRANCH_NOT_FOUND,
  account_owners_pkey: problems.OWNER_EXISTS,
  account_owners_account_id_fkey: problems.ACCOUNT_NOT_FOUND,
}
