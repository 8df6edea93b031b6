import { exportJWK, SignJWT } from 'jose'
import * as client from 'openid-client'
import type { Browser } from './browser.ts'
import type { OauthBank } from './oauth-bank.ts'
import type { ThirdParty } from './third-party.ts'

export const PAYMENT = {
  type: 'payment_initiation',
  amount_cents: 12_550,
  currency: 'EUR',
  destination_account_number: 'FB-00012345-7',
  payee_name: 'Corner Shop Ltd',
  reference: 'Order 17',
}

/** A flow under way. */
export interface Flow {
  verifier: string
  state: string
  params: Record<string, string>
}

/** Parameters of an authorization request: to see accounts, unless told. */
export async function aFlow(shop: ThirdParty, changed: Record<string, string> = {}): Promise<Flow> {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const params = {
    ...{ response_type: 'code', redirect_uri: shop.redirect_uri, scope: 'openid account_information', state },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    ...changed,
  }
  return { verifier, state, params }
}

/** Pushes a request as a plain post; the answer as it is. */
export function push(
  shop: ThirdParty,
  params: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return shop.post('/api/v1/auth/par', params, headers)
}

/** The authorization URL of a pushed request. */
export async function pushed(bank: OauthBank, shop: ThirdParty, flow: Flow): Promise<URL> {
  const { request_uri } = (await (await push(shop, flow.params)).json()) as { request_uri: string }
  const url = new URL(`${bank.origin}/api/v1/auth/authorize`)
  url.searchParams.set('client_id', shop.client_id)
  url.searchParams.set('request_uri', request_uri)
  return url
}

/** A code that the customer allowed. */
export async function aCode(
  bank: OauthBank,
  shop: ThirdParty,
  { changed = {}, browser }: { changed?: Record<string, string>; browser?: Browser } = {},
): Promise<Flow & { code: string; back: URL }> {
  const flow = await aFlow(shop, changed)
  const back = await bank.walk(await pushed(bank, shop, flow), browser)
  return { ...flow, back, code: back.searchParams.get('code') as string }
}

/** The form that redeems a code. */
export function redeeming(
  shop: ThirdParty,
  { code, verifier }: { code: string; verifier: string },
): Record<string, string> {
  return { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: shop.redirect_uri }
}

/** A proof of possession for the token endpoint (RFC 9449). */
export async function aProof(bank: OauthBank, shop: ThirdParty, claims: Record<string, unknown> = {}): Promise<string> {
  const { publicKey, privateKey } = shop.dpopPair as client.CryptoKeyPair
  const usual = { jti: crypto.randomUUID(), htm: 'POST', htu: `${bank.origin}/api/v1/auth/token` }
  return new SignJWT({ ...usual, iat: Math.floor(Date.now() / 1000), ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) })
    .sign(privateKey)
}

/** One token request, with a fresh proof where tokens are bound by keys. */
export async function askToken(
  bank: OauthBank,
  shop: ThirdParty,
  form: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers: Record<string, string> = shop.dpopPair === undefined ? {} : { dpop: await aProof(bank, shop) }
  const response = await shop.post('/api/v1/auth/token', form, headers)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Tokens to see accounts. */
export async function tokensOf(bank: OauthBank, shop: ThirdParty): Promise<Record<string, string>> {
  const code = await aCode(bank, shop)
  const { status, body } = await askToken(bank, shop, redeeming(shop, code))
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body as Record<string, string>
}

/** The status of an answer, and its error code. */
export async function errorOf(response: Response): Promise<[number, unknown]> {
  const { error } = (await response.json()) as { error?: unknown }
  return [response.status, error]
}
