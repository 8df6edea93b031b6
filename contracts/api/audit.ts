import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, NullableTimestamp, OneOf, PageOf, pageQuery, Timestamp } from '#libs/contract/schema.ts'
import { ALL_SERVICES } from '../enums.ts'

const operation = operationsOf('audit-service')

const AUDITORS = ['auditor', 'compliance', 'admin'] as const
const NullableWord = Type.Union([Type.String(), Type.Null()])

/** One act: who did what to what, from where, in which session and by which client, and how it ended. */
const Act = Type.Object({
  audit_id: Id,
  /** Its place in the chain. */
  sequence: Type.Integer(),
  occurred_at: Timestamp,
  /** The service it happened in. */
  service: Type.String(),
  operation: Type.String(),
  user_id: NullableWord,
  /** The service that acted, for itself or for the user. */
  acting_service: NullableWord,
  session_id: NullableWord,
  client_id: NullableWord,
  /** How its person proved himself (RFC 8176): `pwd+otp`. */
  auth_method: NullableWord,
  ip_hash: NullableWord,
  entity_id: NullableWord,
  /** `done`, `read`, `DENIED_404` …, or the code of the refusal. */
  outcome: Type.String(),
  correlation_id: Type.String(),
  has_change: Type.Boolean(),
  /** SHA-256 over the act and the hash before it, hexadecimal. */
  hash: Type.String(),
})

const filters = {
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
  service: Type.Optional(Type.String({ maxLength: 40 })),
  operation: Type.Optional(Type.String({ maxLength: 60 })),
  user_id: Type.Optional(Type.String({ maxLength: 60 })),
  entity_id: Type.Optional(Type.String({ maxLength: 60 })),
  session_id: Type.Optional(Type.String({ maxLength: 60 })),
  correlation_id: Type.Optional(Type.String({ maxLength: 100 })),
  outcome: Type.Optional(Type.String({ maxLength: 60 })),
}

export const searchAudit = operation({
  id: 'searchAudit',
  method: 'GET',
  path: '/audit',
  summary: 'Searches the trail, newest first',
  access: { roles: AUDITORS },
  query: Type.Object({ ...pageQuery, ...filters }),
  reply: PageOf(Act),
  audit: true,
  problems: ['CURSOR_WRONG'],
})

export const exportAudit = operation({
  id: 'exportAudit',
  method: 'GET',
  path: '/audit/export',
  summary:
    'A part of the trail as a file, oldest first: one JSON object a line, or CSV; 50,000 acts at most, the header says where to go on',
  description:
    'Changes stay in the trail; each act has the SHA-256 of its sealed one, so that the chain can be verified by the file alone. `x-next-cursor` names the cursor of the next part; it is absent on the last one.',
  access: { roles: ['auditor', 'compliance'] },
  query: Type.Object({
    ...filters,
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
    format: Type.Optional(OneOf(['ndjson', 'csv'] as const)),
  }),
  reply: Type.Object({}),
  files: ['application/x-ndjson', 'text/csv'],
  audit: true,
  problems: ['CURSOR_WRONG'],
})

export const verifyAudit = operation({
  id: 'verifyAudit',
  method: 'GET',
  path: '/audit/verify',
  summary: 'Computes the chain anew over a part of the trail, or all of it, and names the first act that does not fit',
  access: { roles: AUDITORS },
  query: Type.Object({
    after_sequence: Type.Optional(Type.Integer({ minimum: 0 })),
    up_to_sequence: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  reply: Type.Object({
    is_intact: Type.Boolean(),
    checked: Type.Integer(),
    first_sequence: Type.Union([Type.Integer(), Type.Null()]),
    last_sequence: Type.Union([Type.Integer(), Type.Null()]),
    /** The hash of the last act that was checked: keep it elsewhere, and nobody can rewrite what came before. */
    head_hash: Type.Union([Type.String(), Type.Null()]),
    /** The first broken link: CHANGED, MISSING or OUT_OF_ORDER. */
    broken: Type.Union([
      Type.Object({
        sequence: Type.Integer(),
        audit_id: Type.Union([Id, Type.Null()]),
        what: OneOf(['CHANGED', 'MISSING', 'OUT_OF_ORDER'] as const),
      }),
      Type.Null(),
    ]),
    verified_at: Timestamp,
  }),
  audit: true,
})

export const getAuditedAct = operation({
  id: 'getAuditedAct',
  method: 'GET',
  path: '/audit/:audit_id',
  summary: 'One act with what it changed, before and after; looking at it is an act itself',
  access: { roles: ['auditor', 'compliance'] },
  params: Type.Object({ audit_id: Id }),
  reply: Type.Object({
    ...Act.properties,
    received_at: NullableTimestamp,
    /** JSON texts; null where the act changed nothing that is kept. */
    before: NullableWord,
    after: NullableWord,
  }),
  audit: true,
  problems: ['ACT_NOT_FOUND', 'CHANGE_UNREADABLE'],
})

/** The way of acts into the trail: services deliver what their operations wrote, as often as needed. */
export const recordActs = operation({
  id: 'recordActs',
  method: 'POST',
  path: '/internal/audit/acts',
  summary: 'Adds acts to the trail; one that is known already is left as it is',
  access: { services: ALL_SERVICES },
  body: Type.Object({
    acts: Type.Array(
      Type.Object({
        audit_id: Id,
        occurred_at: Timestamp,
        operation: Type.String(),
        user_id: NullableWord,
        acting_service: NullableWord,
        session_id: NullableWord,
        client_id: NullableWord,
        ip_hash: NullableWord,
        entity_id: NullableWord,
        outcome: Type.String(),
        correlation_id: Type.String(),
        traceparent: Type.String(),
        change_encrypted: NullableWord,
        /** Left out by services of before. */
        auth_method: Type.Optional(NullableWord),
      }),
      { maxItems: 500 },
    ),
  }),
  reply: Type.Object({ recorded: Type.Integer() }),
  problems: ['ACT_ID_WRONG'],
  bodyLimitBytes: 8_388_608,
  audit: false,
})
