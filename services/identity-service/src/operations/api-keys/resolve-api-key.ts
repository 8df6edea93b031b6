import { resolveApiKey as contract } from '#contracts/api/identity-api-keys.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { isApiKeySecret, prefixOf } from '../../api-key-secret.ts'
import { implement, type Own } from '../../config.ts'
import { grantOfKey } from '../../domain/api-keys.ts'
import { secondsAfter, secondsUntil } from '../../domain/lockout.ts'
import { actingCustomerOf } from '../../domain/tokens.ts'
import { plainAddress } from '../../networks.ts'
import { apiKeys } from '../../store/api-keys.ts'
import { readUser } from '../../store/users.ts'
import type { ApiKeyRow } from '../../tables.ts'

/** A key's token never leaves the bank, so it need not live long. */
const TOKEN_TTL_S = 60
const KEEP_S = 20
/** When it was used last is written once a minute at most. */
const NOTED_EACH_S = 60

/**
 * The access token behind a key, for a minute, with what the key may. Null, without a reason, for a key that opens nothing: unknown, over, from a
 * network that it is not for, or of a user who is not that customer any more.
 */
export const resolveApiKey = implement(contract, {
  async run({ body }, { tx, own, clock }) {
    const nothing = { access_token: null, keep_s: KEEP_S }
    if (!isApiKeySecret(body.key)) return nothing
    const now = clock.wall.now()
    const [key] = await tx<ApiKeyRow[]>`
      ${apiKeys(tx, now)} join api_key_secrets x using (key_id)
      where x.secret_hash = ${own.vault.apiKeyHash(body.key)} and (x.expires_at is null or x.expires_at > ${now})
        and s.status = 'ACTIVE' and s.expires_at > ${now}
        and (k.networks is null or ${plainAddress(body.ip)}::inet <<= any(k.networks))`
    const user = key && (await readUser(tx, key.user_id))
    const stands = user?.is_active === true && actingCustomerOf(user) === key?.customer_id
    if (key === undefined || !stands || !user.roles.includes('customer')) return nothing
    if (key.last_used_at === null || key.last_used_at <= secondsAfter(now, -NOTED_EACH_S))
      await tx`update api_keys set last_used_at = ${now} where key_id = ${key.key_id}`
    const ttl_s = Math.min(TOKEN_TTL_S, secondsUntil(key.expires_at, now))
    return { access_token: tokenOf(own, key, { ttl_s, now }), keep_s: Math.min(KEEP_S, ttl_s) }
  },
})

function tokenOf(own: Own, key: ApiKeyRow, { ttl_s, now }: { ttl_s: number; now: Date }): string {
  const { issuer, audience, typ } = FIRST_PARTY
  const claims = {
    ...{ iss: issuer, aud: audience, sub: key.user_id, customer_id: key.customer_id, sid: key.session_id },
    ...{ roles: ['customer'], amr: ['api_key'], acr: '1', auth_time: Math.floor(key.created_at.getTime() / 1000) },
    // What the trail and transactions name as the client: which of the keys it was.
    client_id: prefixOf(key.key_id),
    grant: grantOfKey(key),
  }
  return signJwt(claims, { key: own.keyRing.active, typ, ttl_s, now_s: Math.floor(now.getTime() / 1000) })
}
