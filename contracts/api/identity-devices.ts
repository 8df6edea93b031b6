import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, NullableTimestamp, OneOf, PlainText, Timestamp } from '#libs/contract/schema.ts'
import { Base64url, STRENGTH_PROBLEMS, strength } from './identity.ts'

const operation = operationsOf('identity-service')

const Device = Type.Object({
  device_id: Id,
  name: Type.Union([Type.String(), Type.Null()]),
  is_current: Type.Boolean(),
  is_trusted: Type.Boolean(),
  /** Whether it holds a key that approves what others ask for. */
  has_key: Type.Boolean(),
  /** Until then it is new: limits that the bank sets for new devices apply. */
  cooling_off_until: NullableTimestamp,
  first_seen_at: Timestamp,
  last_seen_at: Timestamp,
})

export const listDevices = operation({
  id: 'listDevices',
  method: 'GET',
  path: '/auth/devices',
  summary: 'The devices that the user signed in from',
  access: { signedIn: true },
  reply: Type.Object({ items: Type.Array(Device) }),
})

export const changeDevice = operation({
  id: 'changeDevice',
  method: 'PUT',
  path: '/auth/devices/:device_id',
  summary: 'Names a device, or trusts it or not; trust takes a strong factor',
  access: { signedIn: true },
  params: Type.Object({ device_id: Id }),
  body: Type.Object({ name: Type.Optional(PlainText(60)), is_trusted: Type.Optional(Type.Boolean()), ...strength }),
  reply: Device,
  problems: [...STRENGTH_PROBLEMS, 'DEVICE_NOT_FOUND', 'FACTOR_MISSING', 'NOTHING_TO_CHANGE'],
})

export const forgetDevice = operation({
  id: 'forgetDevice',
  method: 'DELETE',
  path: '/auth/devices/:device_id',
  summary: 'Forgets a device and ends its sessions; one that holds a key is given up like any factor',
  access: { signedIn: true },
  params: Type.Object({ device_id: Id }),
  body: Type.Object({ ...strength }),
  reply: Type.Object({ ended_sessions: Type.Integer() }),
  problems: [...STRENGTH_PROBLEMS, 'DEVICE_NOT_FOUND'],
})

/** A public key of a device: P-256 for ES256, or Ed25519 (RFC 7517, RFC 8037). */
const PublicKey = Type.Object({
  kty: OneOf(['EC', 'OKP'] as const),
  crv: OneOf(['P-256', 'Ed25519'] as const),
  x: Base64url,
  y: Type.Optional(Base64url),
})

export const registerDevice = operation({
  id: 'registerDevice',
  method: 'POST',
  path: '/auth/devices',
  summary: "Gives the caller's device a key that approves what other devices ask for",
  description:
    'The key signs `bankflow-device-key`, the proof’s challenge_id and the RFC 7638 thumbprint of the public key, each on a line of its own; the ' +
    'signature is base64url (for P-256 r and s as in JWS).',
  access: { signedIn: true },
  body: Type.Object({ name: PlainText(60), public_key: PublicKey, signature: Base64url, ...strength }),
  reply: Device,
  status: 201,
  problems: [...STRENGTH_PROBLEMS, 'FACTOR_MISSING', 'DEVICE_UNKNOWN', 'SIGNATURE_WRONG', 'FACTOR_EXISTS'],
})

const Approval = Type.Object({
  challenge_id: Id,
  purpose: OneOf(['LOGIN', 'STEP_UP', 'CONSENT', 'ENROL'] as const),
  /** What would happen, in a sentence and in parts; null for a sign-in. */
  shown: Type.Union([
    Type.Object({
      text: Type.String(),
      details: Type.Record(Type.String({ pattern: '^[a-z_]{1,40}$' }), Type.Unknown()),
    }),
    Type.Null(),
  ]),
  /** base64url; part of what is signed. */
  digest: Type.Union([Type.String(), Type.Null()]),
  asked_at: Timestamp,
  expires_at: Timestamp,
})

export const listMyApprovals = operation({
  id: 'listMyApprovals',
  method: 'GET',
  path: '/auth/approvals',
  summary: "What waits for the user's confirmation on this telephone",
  access: { signedIn: true },
  reply: Type.Object({ items: Type.Array(Approval) }),
})

export const answerApproval = operation({
  id: 'answerApproval',
  method: 'POST',
  path: '/auth/approvals/:challenge_id',
  summary: "Approves or denies, signed by the device's key",
  description:
    'The key signs `bankflow-approval`, challenge_id, digest (empty where there is none), decision and match_number (empty where it denies), each on a ' +
    'line of its own. The number is the one that the other screen shows: the person types it, nobody approves by reflex.',
  access: { signedIn: true },
  params: Type.Object({ challenge_id: Id }),
  body: Type.Object({
    decision: OneOf(['APPROVE', 'DENY'] as const),
    match_number: Type.Optional(Type.Unsafe<string>({ type: 'string', pattern: '^[0-9]{2}$' })),
    signature: Base64url,
  }),
  reply: Type.Object({ status: OneOf(['APPROVED', 'DENIED'] as const) }),
  problems: ['CHALLENGE_GONE', 'DEVICE_UNKNOWN', 'SIGNATURE_WRONG', 'CODE_WRONG', 'TOO_MANY_TRIES', 'APPROVAL_DENIED'],
})
