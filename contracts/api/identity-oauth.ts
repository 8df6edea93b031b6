import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id } from '#libs/contract/schema.ts'

const operation = operationsOf('identity-service')

const TAGS = ['third parties']
const Uid = Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' })
const Text = Type.Optional(Type.String())
/** Members that only some requests have; the protocol's own documents say which. */
const Protocol = Type.Unknown()

export const discoverAuthorizationServer = operation({
  id: 'discoverAuthorizationServer',
  method: 'GET',
  path: '/.well-known/oauth-authorization-server',
  summary: 'Metadata of the authorization server (RFC 8414)',
  access: { anyone: true },
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const discoverOpenid = operation({
  id: 'discoverOpenid',
  method: 'GET',
  path: '/.well-known/openid-configuration',
  summary: 'Metadata of the OpenID provider (OpenID Connect Discovery 1.0)',
  access: { anyone: true },
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const authorize = operation({
  id: 'authorize',
  method: 'GET',
  path: '/auth/authorize',
  summary: "Begins a third party's authorization request in the customer's browser (RFC 6749 §4.1.1)",
  description:
    'FAPI 2.0: `client_id` and the `request_uri` of a pushed request (RFC 9126). FAPI 1.0 Advanced, for clients that it was opened for: a signed `request` (RFC 9101) with `response_mode=jwt`.',
  access: { anyone: true },
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const resumeAuthorization = operation({
  id: 'resumeAuthorization',
  method: 'GET',
  path: '/auth/authorize/:uid',
  summary: 'Goes on with an authorization request after the customer signed in or decided',
  access: { anyone: true },
  params: Type.Object({ uid: Uid }),
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const pushAuthorizationRequest = operation({
  id: 'pushAuthorizationRequest',
  method: 'POST',
  path: '/auth/par',
  summary: 'Takes an authorization request ahead of the browser (RFC 9126); good for 60 seconds, and once',
  access: { anyone: true },
  body: Type.Object({ client_id: Text, request: Text, scope: Text, authorization_details: Text }),
  reply: Protocol,
  status: 201,
  raw: true,
  tags: TAGS,
})

export const issueToken = operation({
  id: 'issueToken',
  method: 'POST',
  path: '/auth/token',
  summary:
    'Exchanges a code or a refresh token for an access token bound to a key (RFC 9449) or a certificate (RFC 8705)',
  description: 'The standard form body, or the same members as a JSON object. An access token is good for 900 seconds.',
  access: { anyone: true },
  body: Type.Object({
    grant_type: Text,
    code: Text,
    code_verifier: Text,
    redirect_uri: Text,
    refresh_token: Text,
    client_assertion: Text,
  }),
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const introspectToken = operation({
  id: 'introspectToken',
  method: 'POST',
  path: '/auth/introspect',
  summary: "Whether a third party's own token is active, and what it allows (RFC 7662)",
  access: { anyone: true },
  body: Type.Object({ token: Text, token_type_hint: Text }),
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const revokeToken = operation({
  id: 'revokeToken',
  method: 'POST',
  path: '/auth/revoke',
  summary: "Gives a third party's token back (RFC 7009): its consent ends, and every token of it within a second",
  access: { anyone: true },
  body: Type.Object({ token: Text, token_type_hint: Text }),
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const endBrowserSession = operation({
  id: 'endBrowserSession',
  method: 'GET',
  path: '/auth/end-session',
  summary: "Asks the customer to sign out at a third party's wish (OpenID Connect RP-Initiated Logout 1.0)",
  access: { anyone: true },
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const confirmEndOfSession = operation({
  id: 'confirmEndOfSession',
  method: 'POST',
  path: '/auth/end-session/confirm',
  summary: 'Signs the browser out of the authorization server, or stays signed in',
  access: { anyone: true },
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const showEndOfSession = operation({
  id: 'showEndOfSession',
  method: 'GET',
  path: '/auth/end-session/success',
  summary: 'The page after signing out',
  access: { anyone: true },
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

const Userinfo = Type.Object({
  sub: Id,
  name: Type.Optional(Type.String()),
  given_name: Type.Optional(Type.String()),
  family_name: Type.Optional(Type.String()),
})

export const getUserinfo = operation({
  id: 'getUserinfo',
  method: 'GET',
  path: '/auth/userinfo',
  summary: 'Who the customer behind a token is (OpenID Connect Core §5.3); the name with the scope profile',
  access: { signedIn: true, scope: 'openid' },
  reply: Userinfo,
  problems: ['USER_NOT_FOUND'],
  tags: TAGS,
})

export const postUserinfo = operation({
  id: 'postUserinfo',
  method: 'POST',
  path: '/auth/userinfo',
  summary: 'The same as GET, for clients that post',
  access: { signedIn: true, scope: 'openid' },
  reply: Userinfo,
  problems: ['USER_NOT_FOUND'],
  audit: false,
  tags: TAGS,
})

/** What counts once in all of the bank: ids of proofs. */
export const spendOnce = operation({
  id: 'spendOnce',
  method: 'POST',
  path: '/internal/oauth/spent',
  summary: 'Spends an id in its namespace: true for the first who asks, false for everybody after him',
  access: { services: ['api-gateway'] },
  body: Type.Object({
    namespace: Type.String({ minLength: 1, maxLength: 200 }),
    jti: Type.String({ minLength: 1, maxLength: 512 }),
    /** From when it is refused by its time alone, in seconds since 1970; an hour ahead at most. */
    until_s: Type.Integer({ minimum: 0 }),
  }),
  reply: Type.Object({ is_first: Type.Boolean() }),
  audit: false,
})
