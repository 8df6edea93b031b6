import { signJwt } from '#libs/crypto/jwt.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'

const TTL_S = 60

/** What the gateway has seen itself of a request that it forwards. */
export interface SeenAtEdge {
  /** SHA-256 of the access token whose possession the request proved. */
  pop?: string | null
  /** The certificate (PEM) of the client's connection. */
  certificate?: string | null
}

/**
 * The service token of the gateway itself, which acts for nobody: it says that a request went through its edge, and what only the edge can
 * have seen of it.
 */
export function gatewayToken(
  { gateway, service, seen = {} }: { gateway: string; service: string; seen?: SeenAtEdge },
  key: SigningKey,
  now_s: number,
): string {
  const { pop, certificate } = seen
  const claims = {
    iss: gateway,
    aud: service,
    sub: null,
    ...(pop ? { pop } : {}),
    ...(certificate ? { certificate } : {}),
  }
  return signJwt(claims, { key, typ: 'service+jwt', ttl_s: TTL_S, now_s })
}
