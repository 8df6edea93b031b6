import type { Clock } from '#libs/clock/clock.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import {
  generateSigningKey,
  importSigningKey,
  privateJwk,
  publicJwk,
  type SigningKey,
} from '#libs/crypto/signing-keys.ts'
import { decode, encode } from '#libs/json/json.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import type { SigningKeyRow } from '../tables.ts'

/** The key that signs access tokens now. */
export interface KeyRing {
  readonly active: SigningKey
  /** Replaces a key that has signed for longer than `maxAgeS`, and follows what other instances did. */
  rotate(maxAgeS: number): Promise<void>
}

interface Keeper {
  database: Pick<Database, 'app' | 'transact'>
  sealer: Sealer
  clock: Clock
}

/** Opens the ring; the first instance of a bank makes the first key. */
export async function openKeyRing(keeper: Keeper): Promise<KeyRing> {
  let active = await keeper.database.transact((tx) => activeKey(tx, keeper, Number.POSITIVE_INFINITY))
  return {
    get active() {
      return active
    },
    async rotate(maxAgeS) {
      active = await keeper.database.transact((tx) => activeKey(tx, keeper, maxAgeS))
    },
  }
}

async function activeKey(tx: Tx, { sealer, clock }: Keeper, maxAgeS: number): Promise<SigningKey> {
  await tx`select pg_advisory_xact_lock(hashtextextended('identity signing keys', 0))`
  const [row] = await tx<SigningKeyRow[]>`select * from signing_keys where retired_at is null`
  const now = clock.wall.now()
  if (row !== undefined && now.getTime() - row.created_at.getTime() <= maxAgeS * 1000) {
    const key = importSigningKey(decode(sealer.open(row.private_jwk_encrypted, placeOf(row.kid))))
    invariant(key.kid === row.kid, 'a signing key is stored under its own kid')
    return key
  }
  const key = generateSigningKey()
  await tx`update signing_keys set retired_at = ${now} where retired_at is null`
  await tx`
    insert into signing_keys (kid, private_jwk_encrypted, public_jwk, created_at)
    values (${key.kid}, ${sealer.seal(encode(privateJwk(key)), placeOf(key.kid))}, ${encode(publicJwk(key))}::text::json, ${now})`
  return key
}

function placeOf(kid: string): string {
  return `signing_keys.private_jwk/${kid}`
}
