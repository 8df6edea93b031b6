import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Id,
  NullableCents,
  NullableTimestamp,
  OneOf,
  PlainText,
  PositiveCents,
  Timestamp,
} from '#libs/contract/schema.ts'
import { SESSION_STATUSES } from '../enums.ts'
import { PasswordAttempt } from './identity.ts'

const operation = operationsOf('identity-service')

/** What a key may be for; see `SCOPES` of grants.ts. */
const KEY_SCOPES = ['account_information', 'payments'] as const
const Network = Type.String({ maxLength: 49, examples: ['192.0.2.0/24', '2001:db8::/32'] })
const NullableIds = Type.Union([Type.Array(Id), Type.Null()])
const NullableTexts = Type.Union([Type.Array(Type.String()), Type.Null()])

/** A key without its secret, which nobody can read again. */
const ApiKey = Type.Object({
  key_id: Id,
  name: Type.String(),
  /** What its secrets begin with: by it a leaked one is found, and told apart from others. */
  prefix: Type.String({ examples: ['bfk_0199f0c2a5b47c3e9d1a2b3c4d5e6f70'] }),
  scopes: Type.Array(OneOf(KEY_SCOPES)),
  /** Null: every account that its customer may use. */
  account_ids: NullableIds,
  /** Null: from anywhere. */
  networks: NullableTexts,
  /** What one payment, and all of a business day in one currency, may be at most, in minor units; null where it may not pay. */
  max_amount_cents: NullableCents,
  max_day_cents: NullableCents,
  status: OneOf(SESSION_STATUSES),
  created_at: Timestamp,
  expires_at: Timestamp,
  /** To the minute. */
  last_used_at: NullableTimestamp,
  /** Until when the secret of before the last rotation is good as well. */
  old_secret_until: NullableTimestamp,
})

/** The one time that a secret is shown. */
const NewSecret = Type.Object({ key: ApiKey, secret: Type.String() })

/** Where nobody is asked for a factor: in a sandbox, instead of it. */
const Password = Type.Optional(PasswordAttempt)
const STRONG = ['STEP_UP_REQUIRED', 'CREDENTIALS_WRONG', 'ACCOUNT_LOCKED'] as const

export const listApiKeys = operation({
  id: 'listApiKeys',
  method: 'GET',
  path: '/api-keys',
  summary: 'The keys of the signed-in business customer, the newest first, those that are over for 90 days too',
  access: { roles: ['customer'] },
  reply: Type.Object({ items: Type.Array(ApiKey) }),
})

export const createApiKey = operation({
  id: 'createApiKey',
  method: 'POST',
  path: '/api-keys',
  summary: 'Makes a key by which a program acts for a business customer; its secret is shown this once',
  description:
    'For who manages a business account. Two factors of the last five minutes, or a proof of step-up for exactly this request; a sandbox takes ' +
    'the password instead. It is sent as `Authorization: Bearer bfk_…`.',
  access: { roles: ['customer'] },
  body: Type.Object({
    name: PlainText(80),
    scopes: Type.Array(OneOf(KEY_SCOPES), { minItems: 1, maxItems: 2, uniqueItems: true }),
    account_ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 50 })),
    networks: Type.Optional(Type.Array(Network, { minItems: 1, maxItems: 20 })),
    /** Both are needed for `payments`, and have no place without it. */
    max_amount_cents: Type.Optional(PositiveCents),
    max_day_cents: Type.Optional(PositiveCents),
    expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, default: 90 })),
    password: Password,
  }),
  reply: NewSecret,
  status: 201,
  problems: [...STRONG, 'BUSINESS_ONLY', 'KEY_ACCOUNT_NOT_FOUND', 'KEY_LIMITS_WRONG', 'NETWORK_WRONG', 'TOO_MANY_KEYS'],
})

const byKey = Type.Object({ key_id: Id })

export const rotateApiKey = operation({
  id: 'rotateApiKey',
  method: 'POST',
  path: '/api-keys/:key_id/rotation',
  summary: 'Gives a key a new secret; the one before is good for as long as is wished, a day at most',
  access: { roles: ['customer'] },
  params: byKey,
  body: Type.Object({
    keep_old_for_s: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400, default: 86_400 })),
    password: Password,
  }),
  reply: NewSecret,
  problems: [...STRONG, 'API_KEY_NOT_FOUND', 'API_KEY_OVER'],
})

export const revokeApiKey = operation({
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/api-keys/:key_id',
  summary: 'Ends a key, within a second everywhere; doing it again changes nothing',
  access: { roles: ['customer'] },
  params: byKey,
  reply: Type.Object({}),
  status: 204,
  problems: ['API_KEY_NOT_FOUND'],
})

/** The gateway's question behind a request with a key; the answer is kept for seconds, for the same key from the same address only. */
export const resolveApiKey = operation({
  id: 'resolveApiKey',
  method: 'POST',
  path: '/internal/api-keys/resolve',
  summary: 'The access token behind a key from an address, or null when it opens nothing there',
  access: { services: ['api-gateway'] },
  body: Type.Object({
    key: Type.String({ maxLength: 200 }),
    /** The address that the request came from, as text; null where nobody knows. */
    ip: Type.Union([Type.String({ maxLength: 45 }), Type.Null()]),
  }),
  reply: Type.Object({
    access_token: Type.Union([Type.String(), Type.Null()]),
    /** Seconds that the answer may be kept. */
    keep_s: Type.Integer(),
  }),
  audit: false,
})
