import { signJwt } from '#libs/crypto/jwt.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { openKeyRing } from '#services/identity-service/src/store/key-ring.ts'
import { openVault } from '#services/identity-service/src/vault.ts'
import type { TestBank } from './open-bank.ts'

type Claims = Readonly<Record<string, unknown>>
type Signed = Partial<{ typ: string; age_s: number; ttl_s: number }>

/** Tokens as identity would have signed them, with its own keys: what only the bank itself could make. */
export interface Mint {
  /** By the key of people's tokens (EdDSA). */
  firstParty(claims: Claims, signed?: Signed): string
  /** By the key of third parties' tokens (ES256). */
  thirdParty(claims: Claims, signed?: Signed): string
}

/** Opens identity's key ring beside identity. */
export async function openMint({ bank }: TestBank): Promise<Mint> {
  const { database, keys, clock } = bank.openingOf('identity-service')
  const ring = await openKeyRing({ database, sealer: openVault(keys).fields, clock })
  const partners = await ring.keyFor('ES256')
  const signedBy =
    (key: Parameters<typeof signJwt>[1]['key']) =>
    (claims: Claims, signed: Signed = {}) => {
      const { typ = FIRST_PARTY.typ, age_s = 0, ttl_s = 900 } = signed
      const now_s = Math.floor(clock.wall.now().getTime() / 1000) - age_s
      return signJwt(claims, { key, typ, ttl_s, now_s })
    }
  return { firstParty: signedBy(ring.active), thirdParty: signedBy(partners) }
}

/** What a token says, unverified. */
export function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
}

/** The same token as identity would have signed it `age_s` seconds ago, with its own key, for `ttl_s` seconds. */
export async function resigned(
  bank: TestBank,
  token: string,
  signed: { age_s: number; ttl_s: number },
): Promise<string> {
  return (await openMint(bank)).firstParty(claimsIn(token), signed)
}
