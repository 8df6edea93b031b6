import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Id,
  NullableId,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { ALL_SERVICES, FACTOR_WORDS, ROLES, SESSION_KINDS, SESSION_STATUSES, SIGN_IN_STATES } from '../enums.ts'

const operation = operationsOf('identity-service')

export const Email = Type.Unsafe<string>({ type: 'string', format: 'email', minLength: 3, maxLength: 254 })
export const Password = Type.Unsafe<string>({ type: 'string', minLength: 12, maxLength: 128 })
export const PasswordAttempt = Type.Unsafe<string>({ type: 'string', minLength: 1, maxLength: 128 })
/** A code that was mailed. */
const MailedCode = Type.Unsafe<string>({ type: 'string', pattern: '^[0-9]{8}$' })
/** A code of an authenticator. */
export const TotpCode = Type.Unsafe<string>({ type: 'string', pattern: '^[0-9]{6}$' })
/** A one-time word of a recovery list, a six-digit code of an authenticator or an SMS, or an eight-digit one of a mail. */
const FactorCode = Type.Unsafe<string>({ type: 'string', pattern: '^([0-9]{6}|[0-9]{8}|[a-z0-9]{5}-[a-z0-9]{5})$' })
export const Base64url = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Za-z0-9_-]{1,8000}$' })
/** What `navigator.credentials.get` answered, as JSON (WebAuthn §5.1.8). */
export const PasskeyAssertion = Type.Object({
  id: Base64url,
  rawId: Base64url,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Base64url,
    authenticatorData: Base64url,
    signature: Base64url,
    userHandle: Type.Optional(Base64url),
  }),
  authenticatorAttachment: Type.Optional(OneOf(['platform', 'cross-platform'] as const)),
  clientExtensionResults: Type.Record(Type.String({ pattern: '^[A-Za-z]{1,40}$' }), Type.Unknown()),
})
/** One way to answer a challenge: a code, a passkey, or the approval that a telephone gave. */
export const factorAnswer = {
  code: Type.Optional(FactorCode),
  passkey: Type.Optional(PasskeyAssertion),
  push: Type.Optional(Type.Literal(true)),
}
/** Why an answer to a challenge is refused. */
export const CHALLENGE_PROBLEMS = [
  'CODE_WRONG',
  'TOO_MANY_TRIES',
  'CHALLENGE_GONE',
  'FACTOR_NOT_OFFERED',
  'APPROVAL_PENDING',
  'APPROVAL_DENIED',
] as const
/**
 * What a change of factors is proved with: the password, and, by whoever has a second factor, the answer to a challenge of `openFactorProof`. A
 * passkey that verified its owner needs no password beside it.
 */
export const strength = {
  password: Type.Optional(PasswordAttempt),
  proof: Type.Optional(Type.Object({ challenge_id: Id, ...factorAnswer })),
}
export const STRENGTH_PROBLEMS = ['CREDENTIALS_WRONG', 'FACTOR_REQUIRED', ...CHALLENGE_PROBLEMS] as const
const Secret = Type.Unsafe<string>({ type: 'string', minLength: 20, maxLength: 200 })
export const Device = Type.Optional(
  Type.Unsafe<string>({ type: 'string', minLength: 8, maxLength: 100, pattern: '^[A-Za-z0-9._-]+$' }),
)

export const User = Type.Object({
  user_id: Id,
  email: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
  customer_id: NullableId,
  roles: Type.Array(OneOf(ROLES)),
  is_verified: Type.Boolean(),
  is_active: Type.Boolean(),
  mfa_enabled: Type.Boolean(),
  created_at: Timestamp,
})

export const Tokens = Type.Object({
  token_type: Type.Literal('Bearer'),
  access_token: Type.String(),
  expires_in: Type.Integer(),
  refresh_token: Type.String(),
  refresh_expires_in: Type.Integer(),
  session_id: Id,
})

/** Either the tokens, or what is still to be proved before there are any. */
export const SignIn = Type.Object({
  status: OneOf(['SIGNED_IN', 'MFA_REQUIRED'] as const),
  tokens: Type.Optional(Tokens),
  challenge_id: Type.Optional(Id),
  factors: Type.Optional(Type.Array(OneOf(FACTOR_WORDS))),
  expires_at: Type.Optional(Timestamp),
})

const Accepted = Type.Object({ status: Type.Literal('ACCEPTED') })

export const registerUser = operation({
  id: 'registerUser',
  method: 'POST',
  path: '/auth/register',
  summary: 'Signs a person up and sends a code to the address',
  description:
    'The answer is the same whether or not the address is known already; the code goes to the address alone.',
  access: { anyone: true },
  body: Type.Object({ email: Email, password: Password, first_name: PlainText(100), last_name: PlainText(100) }),
  reply: Accepted,
  status: 202,
  problems: ['PASSWORD_TOO_WEAK'],
})

export const verifyUser = operation({
  id: 'verifyUser',
  method: 'POST',
  path: '/auth/verify',
  summary: 'Proves an address by the code that was sent to it; the person becomes a customer of the bank',
  access: { anyone: true },
  body: Type.Object({ email: Email, code: MailedCode }),
  reply: User,
  problems: ['CODE_WRONG', 'TOO_MANY_TRIES', 'TOO_BUSY'],
})

export const login = operation({
  id: 'login',
  method: 'POST',
  path: '/auth/login',
  summary: 'Signs in by e-mail and password',
  access: { anyone: true },
  body: Type.Object({ email: Email, password: PasswordAttempt, device_id: Device }),
  reply: SignIn,
  problems: ['CREDENTIALS_WRONG', 'ACCOUNT_LOCKED', 'NOT_VERIFIED', 'PASSKEY_REQUIRED', 'TOO_BUSY'],
})

export const refreshTokens = operation({
  id: 'refreshTokens',
  method: 'POST',
  path: '/auth/refresh',
  summary: 'Exchanges a refresh token for new tokens; a token that was used before revokes its whole session',
  access: { anyone: true },
  body: Type.Object({ refresh_token: Secret, device_id: Device }),
  reply: Tokens,
  problems: ['REFRESH_TOKEN_WRONG'],
})

export const logout = operation({
  id: 'logout',
  method: 'POST',
  path: '/auth/logout',
  summary: 'Ends the session of the token',
  access: { signedIn: true },
  reply: Type.Object({}),
  status: 204,
})

export const getMe = operation({
  id: 'getMe',
  method: 'GET',
  path: '/auth/me',
  summary: 'Who is signed in',
  access: { signedIn: true },
  reply: User,
})

export const forgotPassword = operation({
  id: 'forgotPassword',
  method: 'POST',
  path: '/auth/forgot',
  summary: 'Sends a code for a new password; the answer is the same for unknown addresses',
  access: { anyone: true },
  body: Type.Object({ email: Email }),
  reply: Accepted,
  status: 202,
})

export const resetPassword = operation({
  id: 'resetPassword',
  method: 'POST',
  path: '/auth/reset',
  summary: 'Sets a new password by the code that was sent; every session ends',
  access: { anyone: true },
  body: Type.Object({ email: Email, code: MailedCode, password: Password }),
  reply: Accepted,
  problems: ['CODE_WRONG', 'TOO_MANY_TRIES', 'TOO_BUSY', 'PASSWORD_TOO_WEAK'],
})

export const enrolTotp = operation({
  id: 'enrolTotp',
  method: 'POST',
  path: '/auth/mfa/totp',
  summary: 'Starts the enrolment of an authenticator app',
  access: { signedIn: true },
  body: Type.Object({ ...strength }),
  reply: Type.Object({ factor_id: Id, secret: Type.String(), otpauth_uri: Type.String() }),
  problems: [...STRENGTH_PROBLEMS, 'FACTOR_EXISTS'],
})

export const confirmTotp = operation({
  id: 'confirmTotp',
  method: 'POST',
  path: '/auth/mfa/totp/confirm',
  summary: 'Completes the enrolment with a first code; answers recovery codes, shown this once',
  access: { signedIn: true },
  body: Type.Object({ factor_id: Id, code: TotpCode }),
  reply: Type.Object({ recovery_codes: Type.Array(Type.String()) }),
  problems: ['CODE_WRONG', 'TOO_MANY_TRIES', 'FACTOR_NOT_FOUND'],
})

export const verifyFactor = operation({
  id: 'verifyFactor',
  method: 'POST',
  path: '/auth/mfa/verify',
  summary: 'Completes a sign-in with a second factor',
  access: { anyone: true },
  body: Type.Object({ challenge_id: Id, ...factorAnswer }),
  reply: Tokens,
  problems: [...CHALLENGE_PROBLEMS],
})

export const Factor = Type.Object({
  factor_id: Id,
  factor_type: OneOf(['TOTP', 'SMS', 'EMAIL', 'PASSKEY', 'PUSH'] as const),
  /** The name of a passkey or a device, or the ends of a telephone number. */
  label: Type.Union([Type.String(), Type.Null()]),
  confirmed_at: NullableTimestamp,
  last_used_at: NullableTimestamp,
})

export const listFactors = operation({
  id: 'listFactors',
  method: 'GET',
  path: '/auth/mfa/factors',
  summary: 'The second factors of the signed-in user',
  access: { signedIn: true },
  reply: Type.Object({ items: Type.Array(Factor), recovery_codes_left: Type.Integer() }),
})

const Session = Type.Object({
  session_id: Id,
  status: OneOf(SESSION_STATUSES),
  is_current: Type.Boolean(),
  kind: OneOf(SESSION_KINDS),
  device_id: Type.Union([Type.String(), Type.Null()]),
  /** What the user called the device. */
  device_name: Type.Union([Type.String(), Type.Null()]),
  /** The third party that was allowed something, by the name under which it was. */
  client_name: Type.Union([Type.String(), Type.Null()]),
  created_at: Timestamp,
  last_accessed_at: Timestamp,
  expires_at: Timestamp,
})

export const listSessions = operation({
  id: 'listSessions',
  method: 'GET',
  path: '/auth/sessions',
  summary: 'The active sessions of the signed-in user',
  access: { signedIn: true },
  reply: Type.Object({ items: Type.Array(Session) }),
})

export const revokeSession = operation({
  id: 'revokeSession',
  method: 'DELETE',
  path: '/auth/sessions/:session_id',
  summary: 'Ends one session of the signed-in user, within a second everywhere',
  access: { signedIn: true },
  params: Type.Object({ session_id: Id }),
  reply: Type.Object({}),
  status: 204,
  problems: ['SESSION_NOT_FOUND'],
})

/** EdDSA of the bank's own tokens, ES256 of third parties', PS256 of ID tokens and of what is signed for partners (RFC 7517). */
const Jwk = Type.Object({
  kty: OneOf(['OKP', 'EC', 'RSA'] as const),
  crv: Type.Optional(OneOf(['Ed25519', 'P-256'] as const)),
  x: Type.Optional(Type.String()),
  y: Type.Optional(Type.String()),
  n: Type.Optional(Type.String()),
  e: Type.Optional(Type.String()),
  kid: Type.String(),
  alg: OneOf(['EdDSA', 'ES256', 'PS256'] as const),
  use: OneOf(['sig'] as const),
})

export const listKeys = operation({
  id: 'listKeys',
  method: 'GET',
  path: '/auth/jwks',
  summary: 'The public keys that access tokens are verified by (JWKS)',
  access: { anyone: true },
  reply: Type.Object({ keys: Type.Array(Jwk) }),
})

export const listRevocations = operation({
  id: 'listRevocations',
  method: 'GET',
  path: '/internal/revocations',
  summary: 'Sessions revoked since a cursor, for verifiers of tokens',
  access: { services: ALL_SERVICES },
  query: Type.Object({ after: Type.Optional(Type.String({ maxLength: 100 })) }),
  reply: Type.Object({ session_ids: Type.Array(Id), cursor: Type.String() }),
})

export const getSessionState = operation({
  id: 'getSessionState',
  method: 'GET',
  path: '/internal/sessions/:session_id/state',
  summary: 'Whether a session stands, asked before money moves when the revocation feed is stale',
  access: { services: ALL_SERVICES },
  params: Type.Object({ session_id: Id }),
  reply: Type.Object({ is_active: Type.Boolean() }),
})

/** Names and addresses behind ids, for services that write to people; unknown ids are left out. */
export const resolveUsers = operation({
  id: 'resolveUsers',
  method: 'POST',
  path: '/internal/users/resolve',
  summary: 'Users by their own id or by customer_id: name, address, whether they are active',
  access: { services: ['notification-service', 'customer-service', 'account-service', 'admin-service'] },
  body: Type.Object({ user_ids: Type.Array(Id, { maxItems: 1000 }), customer_ids: Type.Array(Id, { maxItems: 1000 }) }),
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        user_id: Id,
        customer_id: NullableId,
        email: Type.String(),
        first_name: Type.String(),
        last_name: Type.String(),
        roles: Type.Array(OneOf(ROLES)),
        is_active: Type.Boolean(),
      }),
    ),
  }),
  audit: false,
})

export const getMyself = operation({
  id: 'getMyself',
  method: 'GET',
  path: '/users/me',
  summary: 'Who is signed in',
  // For the user alone: the scope `profile` is a name (`getUserinfo`), and here are address, roles and how somebody signs in as well.
  access: { signedIn: true },
  reply: User,
})

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/users',
  summary: 'Users, newest first; or the one of an e-mail address',
  access: { roles: ['admin', 'support', 'compliance', 'auditor'] },
  query: Type.Object({ ...pageQuery, email: Type.Optional(Email), role: Type.Optional(OneOf(ROLES)) }),
  reply: PageOf(User),
  audit: true,
  problems: ['CURSOR_WRONG'],
})

export const getUser = operation({
  id: 'getUser',
  method: 'GET',
  path: '/users/:user_id',
  summary: 'One user: oneself, or for staff anybody',
  access: { roles: ['customer', 'admin', 'support', 'compliance', 'auditor', 'teller', 'operator'] },
  params: Type.Object({ user_id: Id }),
  reply: Type.Object({
    ...User.properties,
    /** To staff alone: how the sign-in by password stands from where the user was not before. */
    sign_in: Type.Optional(
      Type.Object({
        state: OneOf(SIGN_IN_STATES),
        failed_attempts: Type.Integer(),
        locked_until: NullableTimestamp,
        is_password_breached: Type.Boolean(),
      }),
    ),
  }),
  audit: true,
  problems: ['USER_NOT_FOUND'],
})

export const updateUser = operation({
  id: 'updateUser',
  method: 'PUT',
  path: '/users/:user_id',
  summary: "Changes a user's name: one's own, or as an admin anybody's",
  access: { signedIn: true },
  params: Type.Object({ user_id: Id }),
  body: Type.Object({ first_name: Type.Optional(PlainText(100)), last_name: Type.Optional(PlainText(100)) }),
  reply: User,
  problems: ['USER_NOT_FOUND', 'NOTHING_TO_CHANGE'],
})

export const deactivateUser = operation({
  id: 'deactivateUser',
  method: 'DELETE',
  path: '/users/:user_id',
  summary:
    'Deactivates a user: every session ends at once and no new one begins; accounts and history stay. Staff only by admins',
  access: { roles: ['admin', 'compliance'] },
  params: Type.Object({ user_id: Id }),
  reply: User,
  problems: ['USER_NOT_FOUND', 'OWN_USER'],
  stepUp: true,
})

export const revokeAllSessions = operation({
  id: 'revokeAllSessions',
  method: 'DELETE',
  path: '/auth/sessions',
  summary: 'Ends every session of the signed-in user but this one',
  access: { signedIn: true },
  reply: Type.Object({ revoked: Type.Integer() }),
})

/** What a browser's sign-in answers: never a token. The session is in the cookie `__Host-bf_sid`, which no script can read. */
export const WebSignIn = Type.Object({
  status: OneOf(['SIGNED_IN', 'MFA_REQUIRED'] as const),
  user: Type.Optional(User),
  challenge_id: Type.Optional(Id),
  factors: Type.Optional(Type.Array(OneOf(FACTOR_WORDS))),
  expires_at: Type.Optional(Timestamp),
})

export const signInWeb = operation({
  id: 'signInWeb',
  method: 'POST',
  path: '/auth/web/sign-in',
  summary: 'Signs a browser in: the session goes into a cookie that scripts cannot read',
  description: 'From the own origin only: `Origin` must be it, and `X-BankFlow` must be sent.',
  access: { anyone: true },
  body: Type.Object({ email: Email, password: PasswordAttempt, device_id: Device }),
  reply: WebSignIn,
  problems: ['CREDENTIALS_WRONG', 'ACCOUNT_LOCKED', 'NOT_VERIFIED', 'PASSKEY_REQUIRED', 'TOO_BUSY'],
})

export const verifyFactorWeb = operation({
  id: 'verifyFactorWeb',
  method: 'POST',
  path: '/auth/web/verify',
  summary: "Completes a browser's sign-in with a second factor",
  access: { anyone: true },
  body: Type.Object({ challenge_id: Id, ...factorAnswer }),
  reply: WebSignIn,
  problems: [...CHALLENGE_PROBLEMS],
})

export const getWebSession = operation({
  id: 'getWebSession',
  method: 'GET',
  path: '/auth/web/session',
  summary: 'Who is signed in with this browser, and until when it stays so without use',
  access: { signedIn: true },
  reply: Type.Object({ user: User, idle_expires_at: Timestamp, expires_at: Timestamp }),
  problems: ['NO_WEB_SESSION'],
})

export const signOutWeb = operation({
  id: 'signOutWeb',
  method: 'POST',
  path: '/auth/web/sign-out',
  summary: "Ends the browser's session and takes its cookie back",
  access: { signedIn: true },
  reply: Type.Object({}),
  status: 204,
})

/** The gateway's question behind every request with a cookie; the answer is kept for seconds. */
export const resolveWebSession = operation({
  id: 'resolveWebSession',
  method: 'POST',
  path: '/internal/web-sessions/resolve',
  summary: 'The access token behind the cookie of a browser, or null when there is no such session any more',
  access: { services: ['api-gateway'] },
  body: Type.Object({
    cookie: Secret,
    /** For a stream: a page that only listens does not use the session, and the token lives until the session would end unused. */
    is_stream: Type.Optional(Type.Boolean()),
  }),
  reply: Type.Object({
    access_token: Type.Union([Type.String(), Type.Null()]),
    /** Seconds that the token may be kept. */
    keep_s: Type.Integer(),
  }),
  audit: false,
})
