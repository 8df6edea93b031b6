import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Id,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { ALL_SERVICES, SETTING_TYPES } from '../enums.ts'

const operation = operationsOf('admin-service')

const SettingKey = Type.String({ pattern: '^[a-z0-9_.-]{3,80}$' })
const bySetting = Type.Object({ setting_key: SettingKey })
const STAFF = ['operator', 'compliance', 'auditor', 'admin'] as const
const SUBJECTS = ['TRANSACTION', 'KYC', 'SETTING', 'LEDGER_PROPOSAL', 'USER_PROPOSAL', 'LIMIT_PROPOSAL'] as const

const Setting = Type.Object({
  setting_key: Type.String(),
  setting_type: OneOf(SETTING_TYPES),
  /** As text; null for a secret. */
  value: Type.Union([Type.String(), Type.Null()]),
  default_value: Type.String(),
  is_default: Type.Boolean(),
  is_secret: Type.Boolean(),
  needs_approval: Type.Boolean(),
  /** A change that waits for a second person. */
  pending_approval_id: Type.Union([Id, Type.Null()]),
  description: Type.String(),
  version: Type.Integer(),
  changed_by: NullableText(60),
  changed_at: NullableTimestamp,
})

export const listSettings = operation({
  id: 'listSettings',
  method: 'GET',
  path: '/admin/settings',
  summary: 'Every setting with its value and where it comes from',
  access: { roles: ['admin', 'operator', 'auditor', 'compliance'] },
  reply: Type.Object({ items: Type.Array(Setting) }),
})

export const changeSetting = operation({
  id: 'changeSetting',
  method: 'PUT',
  path: '/admin/settings/:setting_key',
  summary: 'Changes a setting; services follow within seconds. Some wait for a second person first',
  access: { roles: ['admin'] },
  params: bySetting,
  body: Type.Object({
    value: Type.String({ maxLength: 4000 }),
    reason: PlainText(280),
    version: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  reply: Setting,
  problems: ['SETTING_NOT_FOUND', 'SETTING_VALUE_WRONG', 'SETTING_CHANGED', 'CHANGE_PENDING'],
  stepUp: true,
})

export const listSettingHistory = operation({
  id: 'listSettingHistory',
  method: 'GET',
  path: '/admin/settings/:setting_key/history',
  summary: 'Every value that a setting has had, newest first',
  access: { roles: ['admin', 'auditor', 'compliance'] },
  params: bySetting,
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(
    Type.Object({
      version: Type.Integer(),
      value: Type.Union([Type.String(), Type.Null()]),
      reason: Type.String(),
      changed_by: Type.String(),
      approved_by: NullableText(60),
      changed_at: Timestamp,
    }),
  ),
  problems: ['SETTING_NOT_FOUND', 'CURSOR_WRONG'],
})

export const readSettingValues = operation({
  id: 'readSettingValues',
  method: 'POST',
  path: '/internal/settings/values',
  summary: 'Present values of settings, secrets included, for the services that follow them',
  access: { services: ALL_SERVICES },
  body: Type.Object({ setting_keys: Type.Array(SettingKey, { maxItems: 100 }) }),
  reply: Type.Object({
    items: Type.Array(Type.Object({ setting_key: Type.String(), value: Type.String(), version: Type.Integer() })),
  }),
  audit: false,
})

const Approval = Type.Object({
  approval_id: Id,
  subject_type: OneOf(SUBJECTS),
  subject_id: Type.String(),
  /** Why a person is asked: the rule, or `kyc`. */
  rule: Type.String(),
  /** What it is about in one line, without personal data. */
  summary: Type.String(),
  status: OneOf(['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN'] as const),
  requested_by: NullableText(60),
  /** What the one who asked gave as a reason; null where nobody is asked for one, of users and of limits. */
  request_reason: NullableText(280),
  requested_at: Timestamp,
  decided_by: NullableText(60),
  decided_at: NullableTimestamp,
  /** Null of KYC, users and limits: what is said of a person stays with its service (`listKycHistory`, `getUserProposal`, `getLimitProposal`). */
  reason: NullableText(280),
})

export const listApprovals = operation({
  id: 'listApprovals',
  method: 'GET',
  path: '/admin/approvals',
  summary: 'What waits for a decision, the longest waiting first; or what was decided, the newest first',
  access: { roles: STAFF },
  query: Type.Object({
    ...pageQuery,
    status: Type.Optional(OneOf(['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN'] as const)),
    subject_type: Type.Optional(OneOf(SUBJECTS)),
  }),
  reply: PageOf(Approval),
  problems: ['CURSOR_WRONG'],
})

export const decideApproval = operation({
  id: 'decideApproval',
  method: 'POST',
  path: '/admin/approvals/:approval_id/decision',
  summary:
    'Decides, at the service that owns the subject; transactions by operators, KYC by compliance, settings by admins, proposals to the ledger by either of the first two, those about users by admins or compliance, limits by compliance',
  description: 'Never by the one who asked. The subject may have been decided elsewhere meanwhile: then it says so.',
  access: { roles: ['operator', 'compliance', 'admin'] },
  params: Type.Object({ approval_id: Id }),
  body: Type.Object({
    decision: OneOf(['APPROVE', 'REJECT'] as const),
    reason: PlainText(280),
    /** Needed to approve KYC. */
    risk_category: Type.Optional(OneOf(['LOW', 'MEDIUM', 'HIGH'] as const)),
    /** Of a rejected KYC: false asks for better documents instead of turning the customer away. */
    is_final: Type.Optional(Type.Boolean()),
  }),
  reply: Approval,
  money: true,
  problems: [
    'APPROVAL_NOT_FOUND',
    'ALREADY_DECIDED',
    'DECISION_UNDER_WAY',
    'OWN_REQUEST',
    'WRONG_ROLE',
    'SUBJECT_REFUSED',
  ],
  stepUp: true,
})

const DeadLetter = Type.Object({
  dead_letter_id: Id,
  /** The service that could not handle it. */
  service: Type.String(),
  producer: Type.String(),
  event_id: Id,
  type: Type.String(),
  partitionkey: Type.String(),
  error: Type.String(),
  replays: Type.Integer(),
  parked_at: Timestamp,
  next_attempt_at: NullableTimestamp,
})

export const listAdminDeadLetters = operation({
  id: 'listAdminDeadLetters',
  method: 'GET',
  path: '/admin/dead-letters',
  summary: 'Events that a service could not handle, and those that wait behind them',
  access: { roles: ['operator', 'admin', 'auditor'] },
  query: Type.Object({ service: Type.Optional(Type.String({ maxLength: 40 })) }),
  reply: Type.Object({
    items: Type.Array(DeadLetter),
    /** Services that could not be asked. */
    unreachable: Type.Array(Type.String()),
  }),
  problems: ['SERVICE_NOT_FOUND'],
})

export const replayAdminDeadLetter = operation({
  id: 'replayAdminDeadLetter',
  method: 'POST',
  path: '/admin/dead-letters/:dead_letter_id/replay',
  summary: 'Runs a parked event and those before it of its key again, in order, now',
  access: { roles: ['operator', 'admin'] },
  params: Type.Object({ dead_letter_id: Id }),
  body: Type.Object({ service: Type.String({ maxLength: 40 }) }),
  reply: Type.Object({ dead_letter_id: Id, is_resolved: Type.Boolean(), error: NullableText(500) }),
  problems: ['DEAD_LETTER_NOT_FOUND', 'SERVICE_NOT_FOUND'],
})

export const listServices = operation({
  id: 'listServices',
  method: 'GET',
  path: '/admin/services',
  summary: 'Every service: whether it answers, and how much it has set aside',
  access: { roles: STAFF },
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        service: Type.String(),
        is_reachable: Type.Boolean(),
        dead_letters: Type.Integer(),
        /** Acts that are not in the audit trail yet; 0, like `dead_letters`, where the service does not answer. */
        lag: Type.Integer(),
      }),
    ),
  }),
})
