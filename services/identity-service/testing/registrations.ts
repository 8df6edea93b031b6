import type { OauthBank } from './oauth-bank.ts'
import type { ThirdParty } from './third-party.ts'

/** A public key of somebody. */
export const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}
/** What a third party registers as. */
export const GOOD = {
  client_name: 'Corner Shop',
  organisation_id: 'PSDDE-BAFIN-123456',
  redirect_uris: ['https://shop.example/back'],
  jwks: { keys: [KEY] },
}

/** One request of a third party about its registration (RFC 7592), by the token it was given. */
export async function manage(
  bank: OauthBank,
  shop: ThirdParty,
  method: 'GET' | 'DELETE',
  token = String(shop.registration.registration_access_token),
): Promise<{ status: number; text: string }> {
  const url = `${bank.origin}/api/v1/auth/register-client/${shop.client_id}`
  const response = await fetch(url, { method, headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, text: await response.text() }
}
