import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, OneOf, Timestamp } from '#libs/contract/schema.ts'
import { FACTOR_WORDS } from '../enums.ts'
import { CHALLENGE_PROBLEMS, factorAnswer, PasswordAttempt } from './identity.ts'
import { FactorOffer } from './identity-factors.ts'

const operation = operationsOf('identity-service')

/** Any JSON of a request; it is checked against the contract of the operation that it is for. */
const Json = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }), Type.Unknown())

/** What will be done, in words: `text` is one sentence that also stands in the message of a code; lines are for a page. */
const Shown = Type.Object({
  text: Type.String(),
  operation: Type.String(),
  lines: Type.Array(Type.Object({ label: Type.String(), value: Type.String() })),
})

const byChallenge = Type.Object({ challenge_id: Id })

export const startStepUp = operation({
  id: 'startStepUp',
  method: 'POST',
  path: '/auth/step-up',
  summary: 'Begins to confirm one request with a strong factor: shows what it would do, and how it can be confirmed',
  description:
    'For what was answered with 401 STEP_UP_REQUIRED: send the same operation, params and body as they will be sent again. Any change is another ' +
    'request and takes another confirmation (PSD2 RTS art. 5).',
  access: { signedIn: true },
  body: Type.Object({
    /** The operationId of the request, like `transferMoney`. */
    operation: Type.Unsafe<string>({ type: 'string', pattern: '^[a-z][A-Za-z]{1,63}$' }),
    params: Type.Optional(Json),
    body: Type.Optional(Json),
  }),
  reply: Type.Object({
    challenge_id: Id,
    /** base64url SHA-256 of the canonical JSON of [operation, params, body]: what the proof will be linked to. */
    digest: Type.String(),
    shown: Shown,
    factors: Type.Array(OneOf(FACTOR_WORDS)),
    expires_at: Timestamp,
  }),
  status: 201,
  lookup: true,
  problems: ['FACTOR_MISSING', 'OPERATION_UNKNOWN', 'USER_ALONE'],
})

export const offerStepUp = operation({
  id: 'offerStepUp',
  method: 'POST',
  path: '/auth/step-up/:challenge_id/offer',
  summary:
    'Offers a factor: sends a code that names what is confirmed, asks the telephone, or says what a passkey has to sign',
  access: { signedIn: true },
  params: byChallenge,
  body: Type.Object({ factor: OneOf(FACTOR_WORDS) }),
  reply: FactorOffer,
  problems: ['CHALLENGE_GONE', 'TOO_MANY_TRIES', 'FACTOR_NOT_OFFERED', 'TOO_MANY_APPROVALS', 'APPROVAL_DENIED'],
})

export const answerStepUp = operation({
  id: 'answerStepUp',
  method: 'POST',
  path: '/auth/step-up/:challenge_id',
  summary: 'Confirms; answers a proof that is good once, for exactly this request of this session, for five minutes',
  description: 'A password is enough for who has no second factor, in a sandbox alone.',
  access: { signedIn: true },
  params: byChallenge,
  body: Type.Object({ ...factorAnswer, password: Type.Optional(PasswordAttempt) }),
  reply: Type.Object({ proof: Type.String(), expires_at: Timestamp }),
  problems: [...CHALLENGE_PROBLEMS, 'STRONGER_SIGN_IN_REQUIRED'],
})

export const getStepUp = operation({
  id: 'getStepUp',
  method: 'GET',
  path: '/auth/step-up/:challenge_id',
  summary: 'How far a confirmation is; what a page asks while the telephone has not answered',
  access: { signedIn: true },
  params: byChallenge,
  reply: Type.Object({
    challenge_id: Id,
    status: OneOf(['OPEN', 'APPROVED', 'DENIED', 'USED', 'EXPIRED'] as const),
    shown: Shown,
    expires_at: Timestamp,
  }),
  problems: ['CHALLENGE_GONE'],
})
