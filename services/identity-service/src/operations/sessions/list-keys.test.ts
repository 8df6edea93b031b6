import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { generateSigningKey, publicJwk } from '#libs/crypto/signing-keys.ts'
import { encode } from '#libs/json/json.ts'
import { openIdentity } from '../../../testing/people.ts'

describe('listKeys', () => {
  test('shows the public halves that a token may still be signed with, and no secret', async (t) => {
    const bank = await openIdentity(t)
    const now = bank.clock.wall.now().getTime()
    const add = async (retired_ms: number): Promise<string> => {
      const jwk = publicJwk(generateSigningKey())
      await bank.owner`
        insert into signing_keys (kid, private_jwk_encrypted, public_jwk, created_at, retired_at)
        values (${jwk.kid}, 'gone', ${encode(jwk)}::text::json, ${new Date(now - 9e9)}, ${new Date(now - retired_ms)})`
      return jwk.kid
    }
    const [late, gone] = [await add(1_800_000), await add(3_600_001)]
    const { keys } = (await bank.call(api.listKeys, {}, anonymous)).reply
    assert.equal(keys.length, 2)
    assert.ok(keys.some((key) => key.kid === late))
    assert.equal(
      keys.some((key) => key.kid === gone),
      false,
    )
    for (const key of keys) assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })
})
