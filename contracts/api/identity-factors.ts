import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, NullableTimestamp, OneOf, PlainText, Timestamp } from '#libs/contract/schema.ts'
import { FACTOR_WORDS } from '../enums.ts'
import {
  Base64url,
  Device,
  Factor,
  PasskeyAssertion,
  SignIn,
  STRENGTH_PROBLEMS,
  strength,
  TotpCode,
  WebSignIn,
} from './identity.ts'

const operation = operationsOf('identity-service')

/** A telephone number in the form of E.164. */
export const PhoneNumber = Type.Unsafe<string>({ type: 'string', pattern: '^\\+[1-9][0-9]{6,14}$' })
const RecoveryCodes = Type.Object({
  /** Shown this once; empty where the list that stands is still good. */
  recovery_codes: Type.Array(Type.String()),
})

/** What a browser is asked with; `publicKey` of the Credential Management API, in the JSON of WebAuthn §5.1.8 and §5.1.10. */
const RequestOptions = Type.Object({
  challenge: Type.String(),
  timeout: Type.Optional(Type.Integer()),
  rpId: Type.Optional(Type.String()),
  allowCredentials: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.Literal('public-key'),
        transports: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
  userVerification: Type.Optional(Type.String()),
})
const CreationOptions = Type.Object({
  rp: Type.Object({ id: Type.Optional(Type.String()), name: Type.String() }),
  user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
  challenge: Type.String(),
  pubKeyCredParams: Type.Array(Type.Object({ alg: Type.Integer(), type: Type.Literal('public-key') })),
  timeout: Type.Optional(Type.Integer()),
  excludeCredentials: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.Literal('public-key'),
        transports: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
  authenticatorSelection: Type.Optional(
    Type.Object({
      residentKey: Type.Optional(Type.String()),
      requireResidentKey: Type.Optional(Type.Boolean()),
      userVerification: Type.Optional(Type.String()),
    }),
  ),
  attestation: Type.Optional(Type.String()),
})

/** A factor that was offered, with what its user needs to answer. */
export const FactorOffer = Type.Object({
  challenge_id: Id,
  factor: OneOf(FACTOR_WORDS),
  expires_at: Timestamp,
  /** Where a code went: a mail address, or the ends of a telephone number. */
  sent_to: Type.Optional(Type.String()),
  passkey_options: Type.Optional(RequestOptions),
  /** To be typed on the telephone that asks. */
  match_number: Type.Optional(Type.String()),
})
const OFFER_PROBLEMS = [
  'CHALLENGE_GONE',
  'TOO_MANY_TRIES',
  'FACTOR_NOT_OFFERED',
  'TOO_MANY_APPROVALS',
  'APPROVAL_DENIED',
] as const

export const challengeFactor = operation({
  id: 'challengeFactor',
  method: 'POST',
  path: '/auth/mfa/challenge',
  summary: 'Offers a factor for a sign-in: sends the code, asks the telephone, or says what a passkey has to sign',
  access: { anyone: true },
  body: Type.Object({ challenge_id: Id, factor: OneOf(FACTOR_WORDS) }),
  reply: FactorOffer,
  problems: [...OFFER_PROBLEMS],
})

export const openFactorProof = operation({
  id: 'openFactorProof',
  method: 'POST',
  path: '/auth/mfa/proof',
  summary: 'Begins to prove oneself before factors or devices change; the answer goes with the change, as `proof`',
  access: { signedIn: true },
  reply: Type.Object({ challenge_id: Id, factors: Type.Array(OneOf(FACTOR_WORDS)), expires_at: Timestamp }),
  problems: ['FACTOR_MISSING'],
})

export const offerFactorProof = operation({
  id: 'offerFactorProof',
  method: 'POST',
  path: '/auth/mfa/proof/:challenge_id/offer',
  summary: 'Offers a factor for such a proof',
  access: { signedIn: true },
  params: Type.Object({ challenge_id: Id }),
  body: Type.Object({ factor: OneOf(FACTOR_WORDS) }),
  reply: FactorOffer,
  problems: [...OFFER_PROBLEMS],
})

export const enrolPhone = operation({
  id: 'enrolPhone',
  method: 'POST',
  path: '/auth/mfa/phone',
  summary: 'Starts the enrolment of a telephone number: a code is sent to it',
  access: { signedIn: true },
  body: Type.Object({ phone: PhoneNumber, ...strength }),
  reply: Type.Object({ factor_id: Id, sent_to: Type.String(), expires_at: Timestamp }),
  problems: [...STRENGTH_PROBLEMS, 'FACTOR_EXISTS'],
})

export const confirmPhone = operation({
  id: 'confirmPhone',
  method: 'POST',
  path: '/auth/mfa/phone/confirm',
  summary: 'Completes the enrolment of a telephone number with the code that was sent',
  access: { signedIn: true },
  body: Type.Object({ factor_id: Id, code: TotpCode }),
  reply: RecoveryCodes,
  problems: ['CODE_WRONG', 'TOO_MANY_TRIES', 'FACTOR_NOT_FOUND'],
})

export const enrolEmail = operation({
  id: 'enrolEmail',
  method: 'POST',
  path: '/auth/mfa/email',
  summary: 'Makes the proved mail address a further factor, for who has another: at sign-ins from trusted devices only',
  access: { signedIn: true },
  body: Type.Object({ ...strength }),
  reply: Factor,
  problems: [...STRENGTH_PROBLEMS, 'FACTOR_MISSING', 'FACTOR_EXISTS'],
})

export const replaceRecoveryCodes = operation({
  id: 'replaceRecoveryCodes',
  method: 'POST',
  path: '/auth/mfa/recovery-codes',
  summary: 'A new list of recovery codes, shown this once; the list before is worth nothing any more',
  access: { signedIn: true },
  body: Type.Object({ ...strength }),
  reply: RecoveryCodes,
  problems: [...STRENGTH_PROBLEMS, 'FACTOR_MISSING'],
})

export const removeFactor = operation({
  id: 'removeFactor',
  method: 'DELETE',
  path: '/auth/mfa/factors/:factor_id',
  summary:
    'Takes a factor away: an authenticator, a telephone number, a mail address, a passkey, or the key of a device',
  description:
    'With the last real factor go the mail address and the recovery codes. Every other session ends, and the person is told.',
  access: { signedIn: true },
  params: Type.Object({ factor_id: Id }),
  body: Type.Object({ ...strength }),
  reply: Type.Object({ mfa_enabled: Type.Boolean() }),
  problems: [...STRENGTH_PROBLEMS, 'FACTOR_NOT_FOUND'],
})

const Passkey = Type.Object({
  passkey_id: Id,
  name: Type.String(),
  /** False for one that its provider copies to the person's other devices. */
  is_device_bound: Type.Boolean(),
  is_backed_up: Type.Boolean(),
  /** The model of the authenticator, as it names itself (AAGUID). */
  aaguid: Type.String(),
  created_at: Timestamp,
  last_used_at: NullableTimestamp,
})
export const PasskeyAttestation = Type.Object({
  id: Base64url,
  rawId: Base64url,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Base64url,
    attestationObject: Base64url,
    authenticatorData: Type.Optional(Base64url),
    transports: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z-]{1,20}$' }), { maxItems: 10 })),
    publicKeyAlgorithm: Type.Optional(Type.Integer()),
    publicKey: Type.Optional(Base64url),
  }),
  authenticatorAttachment: Type.Optional(OneOf(['platform', 'cross-platform'] as const)),
  clientExtensionResults: Type.Record(Type.String({ pattern: '^[A-Za-z]{1,40}$' }), Type.Unknown()),
})

export const startPasskey = operation({
  id: 'startPasskey',
  method: 'POST',
  path: '/auth/passkeys/options',
  summary: 'Starts the registration of a passkey: what `navigator.credentials.create` is called with',
  access: { signedIn: true },
  body: Type.Object({ ...strength }),
  reply: Type.Object({ ceremony_id: Id, options: CreationOptions, expires_at: Timestamp }),
  problems: [...STRENGTH_PROBLEMS, 'TOO_MANY_PASSKEYS'],
})

export const registerPasskey = operation({
  id: 'registerPasskey',
  method: 'POST',
  path: '/auth/passkeys',
  summary: 'Completes the registration of a passkey',
  access: { signedIn: true },
  body: Type.Object({ ceremony_id: Id, name: PlainText(60), passkey: PasskeyAttestation }),
  reply: Type.Object({ passkey: Passkey, ...RecoveryCodes.properties }),
  status: 201,
  problems: ['CEREMONY_GONE', 'PASSKEY_WRONG', 'PASSKEY_KNOWN'],
})

export const listPasskeys = operation({
  id: 'listPasskeys',
  method: 'GET',
  path: '/auth/passkeys',
  summary: 'The passkeys of the signed-in user',
  access: { signedIn: true },
  reply: Type.Object({ items: Type.Array(Passkey) }),
})

export const renamePasskey = operation({
  id: 'renamePasskey',
  method: 'PUT',
  path: '/auth/passkeys/:passkey_id',
  summary: 'Gives a passkey another name',
  access: { signedIn: true },
  params: Type.Object({ passkey_id: Id }),
  body: Type.Object({ name: PlainText(60) }),
  reply: Passkey,
  problems: ['FACTOR_NOT_FOUND'],
})

export const startPasskeyLogin = operation({
  id: 'startPasskeyLogin',
  method: 'POST',
  path: '/auth/passkeys/login/options',
  summary: 'Starts a sign-in by passkey, without a user name: what `navigator.credentials.get` is called with',
  access: { anyone: true },
  reply: Type.Object({ ceremony_id: Id, options: RequestOptions, expires_at: Timestamp }),
  audit: false,
})

const passkeyLogin = {
  access: { anyone: true },
  body: Type.Object({ ceremony_id: Id, passkey: PasskeyAssertion, device_id: Device }),
  problems: ['CEREMONY_GONE', 'PASSKEY_WRONG', 'TOO_BUSY'],
} as const

export const loginByPasskey = operation({
  ...passkeyLogin,
  id: 'loginByPasskey',
  method: 'POST',
  path: '/auth/passkeys/login',
  summary: 'Signs in by passkey: two factors at once, good through a lock that wrong passwords began',
  reply: SignIn,
})

export const signInWebByPasskey = operation({
  ...passkeyLogin,
  id: 'signInWebByPasskey',
  method: 'POST',
  path: '/auth/web/passkey',
  summary: 'Signs a browser in by passkey: the session goes into a cookie that scripts cannot read',
  reply: WebSignIn,
})
