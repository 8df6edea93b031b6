import { defineProblems, type ProblemKind } from '#libs/problem/problem.ts'

export const problems = defineProblems({
  COUNTRY_UNKNOWN: [422, 'There is no such country in ISO 3166'],
  CURRENCY_UNKNOWN: [422, 'No account can be kept in this currency'],
  CURSOR_WRONG: [400, 'The cursor is not one of this list'],
  CUSTOMER_CHANGED: [409, 'The profile has changed meanwhile; read it again'],
  CUSTOMER_EXISTS: [409, 'There is a profile already'],
  CUSTOMER_NOT_FOUND: [404, 'No such customer'],
  CUSTOMER_ROLLED_BACK: [409, 'The opening of this customer was taken back'],
  DATE_OF_BIRTH_WRONG: [422, 'Nobody was born on that day who could be a customer'],
  DOCUMENT_EXISTS: [409, 'This document was handed in before'],
  DOCUMENT_EXPIRED: [422, 'The document has expired'],
  IDENTITY_DOCUMENT_MISSING: [422, 'An identity card, a passport or a driving licence is needed'],
  KYC_IN_REVIEW: [409, 'An officer is looking at what was handed in'],
  KYC_VERIFIED: [409, 'The customer is verified already'],
  NOTHING_TO_CHANGE: [422, 'Nothing in this request changes the profile'],
  NOT_IN_REVIEW: [409, 'Nothing waits for a decision here'],
  OPERATORS_ONLY: [403, 'Only operators may say this'],
  OWN_CUSTOMER: [403, 'Staff do nothing to a profile of their own; ask a colleague'],
  OWN_KYC: [403, 'Nobody decides about himself or about what he handed in'],
  PROFILE_INCOMPLETE: [422, 'A profile needs a date of birth, an e-mail address and an address'],
  RELATED_CUSTOMER_NOT_FOUND: [422, 'There is no such other customer'],
  RELATED_TO_HIMSELF: [422, 'A customer acts for himself without being told so'],
  RELATION_EXISTS: [409, 'This person may act for the customer already'],
  RELATION_NOT_FOUND: [404, 'This person does not act for the customer'],
  RISK_CATEGORY_REQUIRED: [422, 'Say how risky the customer is'],
  SEARCH_EMPTY: [422, 'Say what to look for'],
  TOO_YOUNG: [422, 'Customers are at least eighteen'],
  VERIFIED_FIELDS: [409, 'A verified name or date of birth is changed by staff'],
})

/** Broken constraints that stand for a refusal. */
export const constraints: Readonly<Record<string, ProblemKind>> = {
  customers_pkey: problems.CUSTOMER_EXISTS,
  customer_relations_pkey: problems.RELATION_EXISTS,
}
