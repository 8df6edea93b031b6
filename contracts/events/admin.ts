import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { Id, OneOf } from '#libs/contract/schema.ts'

const family = { topic: 'admin-events', source: 'admin-service' } as const

export const settingChanged = event({
  ...family,
  type: 'setting.changed',
  partitionKey: 'setting_key',
  subject: 'setting_key',
  /** The value is asked for: some are secrets. */
  data: Type.Object({ setting_key: Type.String(), changed_by: Type.String(), version: Type.Integer() }),
})

const SUBJECTS = ['TRANSACTION', 'KYC', 'SETTING', 'LEDGER_PROPOSAL', 'USER_PROPOSAL', 'LIMIT_PROPOSAL'] as const

export const approvalRequested = event({
  ...family,
  type: 'approval.requested',
  partitionKey: 'approval_id',
  subject: 'approval_id',
  data: Type.Object({
    approval_id: Id,
    subject_type: OneOf(SUBJECTS),
    subject_id: Type.String(),
    requested_by: Type.String(),
  }),
})

export const approvalDecided = event({
  ...family,
  type: 'approval.decided',
  partitionKey: 'approval_id',
  subject: 'approval_id',
  data: Type.Object({
    approval_id: Id,
    /** `TRANSACTION/<id>`, `KYC/<customer_id>`, `SETTING/<key>`, `LEDGER_PROPOSAL/<id>`, `USER_PROPOSAL/<id>`, `LIMIT_PROPOSAL/<id>`. */
    subject: Type.String(),
    decision: OneOf(['APPROVED', 'REJECTED', 'WITHDRAWN'] as const),
    /** A user, or the service that decided by itself or does not say who did. */
    decided_by: Type.String(),
  }),
})
