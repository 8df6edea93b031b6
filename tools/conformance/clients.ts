import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Issued } from '#platform/mtls-authority.ts'
import { needsCertificates, type Plan } from './plans.ts'

/** A client of a plan, with everything that the suite plays it by. */
export interface SuiteClient {
  client_id: string
  scope: string
  /** The private key that it signs with. */
  key: JWK
  certificate: Issued | undefined
}

/** What registering needs to know. */
export interface Registering {
  /** Where this machine reaches the bank. */
  bank: string
  /** The access token of a member of staff who may open registrations. */
  staff: string
  /** The origin of the suite. */
  suite: string
  issueCertificate: ((subject: string) => Promise<Issued>) | undefined
}

export const SCOPE = 'openid account_information'
const OFFICER = 'admin@demo.bankflow.test'

/** The access token of the demo bank's administrator. Error when the bank is not there or no sandbox. */
export async function signInStaff(bank: string, password: string): Promise<string> {
  const { tokens } = await posted<{ tokens?: { access_token: string } }>(`${bank}/api/v1/auth/login`, {
    email: OFFICER,
    password,
  })
  if (tokens === undefined) throw new Error(`${OFFICER} cannot sign in by password alone at ${bank}`)
  return tokens.access_token
}

/** Registers one of the two clients of a plan (RFC 7591). Error with the bank's own words when it refuses. */
export async function registerClient(plan: Plan, which: 1 | 2, by: Registering): Promise<SuiteClient> {
  const { privateKey, publicKey } = await generateKeyPair(plan.algorithm, { extractable: true, modulusLength: 2048 })
  const kid = await calculateJwkThumbprint(await exportJWK(publicKey))
  const named = { kid, use: 'sig', alg: plan.algorithm }
  const subject = `CN=${plan.name}-${which},O=Conformance suite,C=PT`
  const certificate = needsCertificates(plan) ? await by.issueCertificate?.(subject) : undefined
  const { initial_access_token } = await posted<{ initial_access_token: string }>(
    `${by.bank}/api/v1/oauth-clients/registration-tokens`,
    { fapi_profile: plan.profile, purpose: `Conformance suite: ${plan.name}` },
    by.staff,
  )
  const metadata = {
    ...metadataOf(plan, which, by.suite),
    jwks: { keys: [{ ...(await exportJWK(publicKey)), ...named }] },
    ...(plan.authentication === 'mtls' ? { tls_client_auth_subject_dn: subject } : {}),
  }
  const url = `${by.bank}/api/v1/auth/register-client`
  const { client_id } = await posted<{ client_id: string }>(url, metadata, initial_access_token)
  return { client_id, scope: SCOPE, key: { ...(await exportJWK(privateKey)), ...named }, certificate }
}

function metadataOf(plan: Plan, which: 1 | 2, suite: string): Record<string, unknown> {
  const callback = `${suite}/test/a/${plan.name}/callback`
  const isSigned = plan.profile === '1.0' || plan.variant.fapi_request_method === 'signed_non_repudiation'
  return {
    client_name: `Conformance client ${which}`,
    organisation_id: 'PSDXX-SUITE-1',
    // The suite's second client comes back to an address with a query (AddRedirectUriQuerySuffix).
    redirect_uris: [which === 1 ? callback : `${callback}?dummy1=lorem&dummy2=ipsum`],
    scope: SCOPE,
    authorization_details_types: ['account_access'],
    token_endpoint_auth_method: plan.authentication === 'mtls' ? 'tls_client_auth' : 'private_key_jwt',
    ...(plan.authentication === 'mtls' ? {} : { token_endpoint_auth_signing_alg: plan.algorithm }),
    id_token_signed_response_alg: 'PS256',
    tls_client_certificate_bound_access_tokens: plan.binding === 'mtls',
    dpop_bound_access_tokens: plan.binding === 'dpop',
    ...(isSigned ? { request_object_signing_alg: plan.algorithm, require_signed_request_object: true } : {}),
    ...(plan.variant.fapi_auth_request_method === 'pushed' ? { require_pushed_authorization_requests: true } : {}),
  }
}

async function posted<T>(url: string, body: object, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text) as T
}
