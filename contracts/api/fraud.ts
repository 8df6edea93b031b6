import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, OneOf, PlainText, Timestamp } from '#libs/contract/schema.ts'
import { FRAUD_DECISIONS } from '../enums.ts'

const operation = operationsOf('fraud-service')

/** Rules are data: what is measured, from which value on, and what follows. Amounts are hundredths of the unit of the transfer's currency. */
const Rule = Type.Object({
  rule_id: Type.String({ pattern: '^[a-z0-9-]{3,60}$' }),
  measure: OneOf(['AMOUNT', 'VELOCITY_COUNT', 'VELOCITY_AMOUNT', 'NEW_PAYEE_AMOUNT'] as const),
  /** The window of a velocity measure, in seconds of the wall clock; 0 for the others. */
  window_s: Type.Integer({ minimum: 0, maximum: 31_536_000 }),
  /** The rule fires when the measure is above this: hundredths of the currency's unit (10,000 JPY is 1000000 too), or a number of transfers. */
  threshold: Type.Integer({ minimum: 0, maximum: 9_007_199_254_740_991 }),
  decision: OneOf(FRAUD_DECISIONS),
  score: Type.Integer({ minimum: 0, maximum: 1000 }),
  is_active: Type.Boolean(),
  description: PlainText(280),
})

export const listFraudRules = operation({
  id: 'listFraudRules',
  method: 'GET',
  path: '/fraud/rules',
  summary: 'The rules that transfers are checked by',
  access: { roles: ['compliance', 'auditor', 'admin'] },
  reply: Type.Object({ items: Type.Array(Rule) }),
})

export const changeFraudRule = operation({
  id: 'changeFraudRule',
  method: 'PUT',
  path: '/fraud/rules/:rule_id',
  summary: 'Makes or changes a rule; the next check uses it',
  access: { roles: ['compliance'] },
  params: Type.Object({ rule_id: Type.String({ pattern: '^[a-z0-9-]{3,60}$' }) }),
  body: Type.Omit(Rule, ['rule_id']),
  reply: Rule,
  problems: ['RULE_WINDOW_REQUIRED'],
})

export const getFraudCheck = operation({
  id: 'getFraudCheck',
  method: 'GET',
  path: '/fraud/checks/:transaction_id',
  summary: 'The verdict on a transaction with the rules that fired',
  access: { roles: ['compliance', 'operator', 'auditor', 'admin'] },
  params: Type.Object({ transaction_id: Id }),
  reply: Type.Object({
    transaction_id: Id,
    decision: OneOf(FRAUD_DECISIONS),
    fraud_score: Type.Integer(),
    reason_codes: Type.Array(Type.String()),
    checked_at: Timestamp,
  }),
  problems: ['FRAUD_CHECK_NOT_FOUND'],
})
