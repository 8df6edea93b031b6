import { signJwt } from '#libs/crypto/jwt.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'

const TTL_S = 60

/** The service token of the gateway itself, which acts for nobody: it says only that a request went through its edge. */
export function gatewayToken(gateway: string, service: string, key: SigningKey, now_s: number): string {
  return signJwt({ iss: gateway, aud: service, sub: null }, { key, typ: 'service+jwt', ttl_s: TTL_S, now_s })
}
