import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
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
const Text = Type.Optional(Type.String())
/** Members that only some requests have; the protocol's own documents say which. */
const Protocol = Type.Unknown()

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
  summary: 'A token by which one third party registers itself within a week, under one of the FAPI profiles',
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
