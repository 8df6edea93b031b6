import { encode } from '#libs/json/json.ts'
import type { Queryable } from '#libs/sql/database.ts'

/** A third party as it is stored (the documents' OAUTH_CLIENTS, and what the bank adds). */
export interface ClientRow {
  client_id: string
  client_secret_hash: null
  client_name: string
  redirect_uris: string[]
  grant_types: string[]
  response_types: string[]
  token_endpoint_auth_method: string
  jwks_uri: string | null
  tls_client_auth_subject_dn: string | null
  organisation_id: string
  software_name: string | null
  webhook_uri: string | null
  fapi_profile: '1.0' | '2.0'
  metadata: Record<string, unknown>
  status: 'ACTIVE' | 'SUSPENDED'
  suspended_by: string | null
  suspended_reason: string | null
  suspended_at: Date | null
  created_at: Date
  updated_at: Date
}

/** What RFC 7591 lets a client say of itself beyond the standard's own members. */
export const EXTRA_METADATA = ['organisation_id', 'software_name', 'webhook_uri', 'fapi_profile'] as const

/** The metadata of a client that may act, as the authorization server reads it; undefined for an unknown or suspended one. */
export async function findClient(sql: Queryable, client_id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await sql<Pick<ClientRow, 'metadata'>[]>`
    select metadata from oauth_clients where client_id = ${client_id} and status = 'ACTIVE'`
  return row?.metadata
}

/** Writes a client's metadata, or what it changed of it. A suspension stays. */
export async function putClient(sql: Queryable, metadata: Record<string, unknown>, now: Date): Promise<void> {
  const text = (name: string): string | null => (typeof metadata[name] === 'string' ? metadata[name] : null)
  const texts = (name: string): string[] => (Array.isArray(metadata[name]) ? (metadata[name] as string[]) : [])
  await sql`
    insert into oauth_clients (client_id, client_name, redirect_uris, grant_types, response_types, token_endpoint_auth_method, jwks_uri,
      tls_client_auth_subject_dn, organisation_id, software_name, webhook_uri, fapi_profile, metadata, created_at, updated_at)
    values (${text('client_id')}, ${text('client_name')}, ${texts('redirect_uris')}::text[], ${texts('grant_types')}::text[],
      ${texts('response_types')}::text[], ${text('token_endpoint_auth_method')}, ${text('jwks_uri')}, ${text('tls_client_auth_subject_dn')},
      ${text('organisation_id')}, ${text('software_name')}, ${text('webhook_uri')}, ${text('fapi_profile')},
      ${encode(metadata)}::text::json, ${now}, ${now})
    on conflict (client_id) do update set client_name = excluded.client_name, redirect_uris = excluded.redirect_uris,
      grant_types = excluded.grant_types, response_types = excluded.response_types,
      token_endpoint_auth_method = excluded.token_endpoint_auth_method, jwks_uri = excluded.jwks_uri,
      tls_client_auth_subject_dn = excluded.tls_client_auth_subject_dn, organisation_id = excluded.organisation_id,
      software_name = excluded.software_name, webhook_uri = excluded.webhook_uri, fapi_profile = excluded.fapi_profile,
      metadata = excluded.metadata, updated_at = excluded.updated_at`
}

/** Deletes a registration. */
export async function dropClient(sql: Queryable, client_id: string): Promise<void> {
  await sql`delete from oauth_clients where client_id = ${client_id}`
}
