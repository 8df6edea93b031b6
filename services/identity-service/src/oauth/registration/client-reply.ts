import type { Static } from 'typebox'
import type { OauthClient } from '#contracts/api/identity-clients.ts'
import type { ClientRow } from '../../store/oauth/clients.ts'

/** A third party as the contract shows one. */
export function clientReply(client: ClientRow): Static<typeof OauthClient> {
  return {
    client_id: client.client_id,
    client_name: client.client_name,
    organisation_id: client.organisation_id,
    software_name: client.software_name,
    fapi_profile: client.fapi_profile,
    redirect_uris: client.redirect_uris,
    grant_types: client.grant_types,
    response_types: client.response_types,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    jwks_uri: client.jwks_uri,
    tls_client_auth_subject_dn: client.tls_client_auth_subject_dn,
    webhook_uri: client.webhook_uri,
    status: client.status,
    suspended_reason: client.suspended_reason,
    suspended_at: client.suspended_at?.toISOString() ?? null,
    created_at: client.created_at.toISOString(),
    updated_at: client.updated_at.toISOString(),
  }
}
