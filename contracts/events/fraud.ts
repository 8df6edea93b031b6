import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { Id, OneOf } from '#libs/contract/schema.ts'
import { FRAUD_DECISIONS } from '../enums.ts'

export const fraudCheckCompleted = event({
  topic: 'fraud-events',
  source: 'fraud-service',
  type: 'fraud.check.completed',
  partitionKey: 'account_id',
  subject: 'transaction_id',
  data: Type.Object({
    transaction_id: Id,
    account_id: Id,
    decision: OneOf(FRAUD_DECISIONS),
    fraud_score: Type.Integer(),
    reason_codes: Type.Array(Type.String()),
  }),
})
