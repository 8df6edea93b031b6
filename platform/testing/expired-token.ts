import { signJwt } from '#libs/crypto/jwt.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { openKeyRing } from '#services/identity-service/src/store/key-ring.ts'
import { openVault } from '#services/identity-service/src/vault.ts'
import type { TestBank } from './open-bank.ts'

/** The same token as identity would have signed it `age_s` seconds ago, with its own key, for `ttl_s` seconds. */
export async function resigned(
  { bank }: TestBank,
  token: string,
  { age_s, ttl_s }: { age_s: number; ttl_s: number },
): Promise<string> {
  const { database, keys, clock } = bank.openingOf('identity-service')
  const ring = await openKeyRing({ database, sealer: openVault(keys).fields, clock })
  const claims = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
  const now_s = Math.floor(clock.wall.now().getTime() / 1000) - age_s
  return signJwt(claims, { key: ring.active, typ: FIRST_PARTY.typ, ttl_s, now_s })
}
