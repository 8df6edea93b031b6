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

const operation = operationsOf('identity-service')

const TAGS = ['third parties']
const STAFF = ['admin', 'operator', 'compliance', 'auditor'] as const
const ClientId = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' })
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

export const registerClient = operation({
  id: 'registerClient',
  method: 'POST',
  path: '/auth/register-client',
  summary: 'Registers a third party (RFC 7591), by a token that the bank gave it',
  access: { anyone: true },
  body: Type.Object({
    client_name: Text,
    redirect_uris: Type.Optional(Type.Array(Type.String())),
    organisation_id: Text,
  }),
  reply: Protocol,
  status: 201,
  raw: true,
  tags: TAGS,
})

export const readClientRegistration = operation({
  id: 'readClientRegistration',
  method: 'GET',
  path: '/auth/register-client/:client_id',
  summary: 'What a third party is registered as (RFC 7592), by its registration access token',
  access: { anyone: true },
  params: Type.Object({ client_id: ClientId }),
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const updateClientRegistration = operation({
  id: 'updateClientRegistration',
  method: 'PUT',
  path: '/auth/register-client/:client_id',
  summary: 'Changes what a third party is registered as (RFC 7592), within the policy that it registered under',
  access: { anyone: true },
  params: Type.Object({ client_id: ClientId }),
  body: Type.Object({ client_name: Text, redirect_uris: Type.Optional(Type.Array(Type.String())) }),
  reply: Protocol,
  raw: true,
  tags: TAGS,
})

export const deleteClientRegistration = operation({
  id: 'deleteClientRegistration',
  method: 'DELETE',
  path: '/auth/register-client/:client_id',
  summary: 'Ends the registration of a third party (RFC 7592), and all that it was allowed',
  access: { anyone: true },
  params: Type.Object({ client_id: ClientId }),
  reply: Protocol,
  status: 204,
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

/** A third party as staff see it. */
export const OauthClient = Type.Object({
  client_id: Type.String(),
  client_name: Type.String(),
  organisation_id: Type.String(),
  software_name: NullableText(100),
  fapi_profile: OneOf(['1.0', '2.0'] as const),
  redirect_uris: Type.Array(Type.String()),
  grant_types: Type.Array(Type.String()),
  response_types: Type.Array(Type.String()),
  token_endpoint_auth_method: Type.String(),
  jwks_uri: NullableText(2_000),
  tls_client_auth_subject_dn: NullableText(1_000),
  webhook_uri: NullableText(2_000),
  status: OneOf(['ACTIVE', 'SUSPENDED'] as const),
  suspended_reason: NullableText(280),
  suspended_at: NullableTimestamp,
  created_at: Timestamp,
  updated_at: Timestamp,
})

const byClient = Type.Object({ client_id: ClientId })

export const listClients = operation({
  id: 'listClients',
  method: 'GET',
  path: '/oauth-clients',
  summary: 'Third parties that are registered, newest first',
  access: { roles: STAFF },
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(OauthClient),
  problems: ['CURSOR_WRONG'],
  tags: TAGS,
})

export const getClient = operation({
  id: 'getClient',
  method: 'GET',
  path: '/oauth-clients/:client_id',
  summary: 'One third party',
  access: { roles: STAFF },
  params: byClient,
  reply: OauthClient,
  problems: ['CLIENT_NOT_FOUND'],
  tags: TAGS,
})

export const suspendClient = operation({
  id: 'suspendClient',
  method: 'POST',
  path: '/oauth-clients/:client_id/suspension',
  summary: 'Shuts a third party out: every consent that it holds ends, and it is given no more',
  access: { roles: ['admin', 'compliance'] },
  params: byClient,
  body: Type.Object({ reason: PlainText(280) }),
  reply: Type.Object({
    client_id: Type.String(),
    status: OneOf(['SUSPENDED'] as const),
    consents_ended: Type.Integer(),
  }),
  stepUp: true,
  problems: ['CLIENT_NOT_FOUND', 'CLIENT_SUSPENDED'],
  tags: TAGS,
})

export const createClientRegistrationToken = operation({
  id: 'createClientRegistrationToken',
  method: 'POST',
  path: '/oauth-clients/registration-tokens',
  summary: 'A token by which third parties register themselves within a week, under one of the FAPI profiles',
  access: { roles: ['admin'] },
  body: Type.Object({
    fapi_profile: OneOf(['1.0', '2.0'] as const),
    /** For whom, for the audit trail. */
    purpose: PlainText(140),
  }),
  reply: Type.Object({ initial_access_token: Type.String(), expires_at: Timestamp }),
  status: 201,
  stepUp: true,
  tags: TAGS,
})
