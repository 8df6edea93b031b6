import type { Clock } from '#libs/clock/clock.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import {
  generateKeyPairFor,
  importKeyPair,
  type KeyPair,
  type PartnerAlgorithm,
  privateJwkOf,
  publicJwkOf,
} from '#libs/crypto/key-pairs.ts'
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

/** The keys that sign now, one of each algorithm. */
export interface KeyRing {
  /** Signs what the bank itself reads: EdDSA. */
  readonly active: SigningKey
  /** Signs what partners read: ES256 their access tokens, PS256 ID tokens, signed answers and events. Made when it is first needed. */
  keyFor(alg: PartnerAlgorithm): Promise<KeyPair>
  /** Replaces keys that have signed for longer than `maxAgeS`, and follows what other instances did. */
  rotate(maxAgeS: number): Promise<void>
}

interface Keeper {
  database: Pick<Database, 'app' | 'transact'>
  sealer: Sealer
  clock: Clock
}

/** How keys of an algorithm are made, kept and read again. */
interface Kind<Key> {
  alg: 'EdDSA' | PartnerAlgorithm
  make(): Promise<Key>
  read(jwk: unknown): Key
  write(key: Key): { private_jwk: unknown; public_jwk: unknown }
}

const EDDSA: Kind<SigningKey> = {
  alg: 'EdDSA',
  make: async () => generateSigningKey(),
  read: importSigningKey,
  write: (key) => ({ private_jwk: privateJwk(key), public_jwk: publicJwk(key) }),
}

function partnerKind(alg: PartnerAlgorithm): Kind<KeyPair> {
  return {
    alg,
    make: () => generateKeyPairFor(alg),
    read: (jwk) => importKeyPair(jwk as Record<string, unknown>),
    write: (key) => ({ private_jwk: privateJwkOf(key), public_jwk: publicJwkOf(key) }),
  }
}

/** Opens the ring; the first instance of a bank makes the first key. */
export async function openKeyRing(keeper: Keeper): Promise<KeyRing> {
  let active = await activeKey(keeper, EDDSA, Number.POSITIVE_INFINITY)
  const partners = new Map<PartnerAlgorithm, Promise<KeyPair>>()
  const load = (alg: PartnerAlgorithm, maxAgeS: number): Promise<KeyPair> =>
    activeKey(keeper, partnerKind(alg), maxAgeS)
  return {
    get active() {
      return active
    },
    keyFor(alg) {
      const known = partners.get(alg) ?? load(alg, Number.POSITIVE_INFINITY)
      partners.set(alg, known)
      // What failed is asked for anew by the next.
      known.catch(() => partners.delete(alg))
      return known
    },
    async rotate(maxAgeS) {
      active = await activeKey(keeper, EDDSA, maxAgeS)
      for (const alg of [...partners.keys()]) {
        const key = await load(alg, maxAgeS)
        partners.set(alg, Promise.resolve(key))
      }
    },
  }
}

/** The key of an algorithm that signs now; a new one where there is none, or it is too old. Making one takes long, so no lock is held meanwhile. */
async function activeKey<Key extends { kid: string }>(keeper: Keeper, kind: Kind<Key>, maxAgeS: number): Promise<Key> {
  const { database } = keeper
  const present = await database.transact((tx) => keyIn(tx, keeper, kind, maxAgeS))
  if (present !== undefined) return present
  const made = await kind.make()
  return database.transact(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('identity signing keys', 0))`
    const others = await keyIn(tx, keeper, kind, maxAgeS)
    if (others !== undefined) return others
    await store(tx, keeper, kind, made)
    return made
  })
}

async function keyIn<Key extends { kid: string }>(
  tx: Tx,
  { sealer, clock }: Keeper,
  kind: Kind<Key>,
  maxAgeS: number,
): Promise<Key | undefined> {
  const [row] = await tx<SigningKeyRow[]>`select * from signing_keys where alg = ${kind.alg} and retired_at is null`
  const now = clock.wall.now()
  if (row === undefined || now.getTime() - row.created_at.getTime() > maxAgeS * 1000) return undefined
  const key = kind.read(decode(sealer.open(row.private_jwk_encrypted, placeOf(row.kid))))
  invariant(key.kid === row.kid, 'a signing key is stored under its own kid')
  return key
}

async function store<Key extends { kid: string }>(
  tx: Tx,
  { sealer, clock }: Keeper,
  kind: Kind<Key>,
  key: Key,
): Promise<void> {
  const { private_jwk, public_jwk } = kind.write(key)
  const now = clock.wall.now()
  await tx`update signing_keys set retired_at = ${now} where alg = ${kind.alg} and retired_at is null`
  await tx`
    insert into signing_keys (kid, alg, private_jwk_encrypted, public_jwk, created_at)
    values (${key.kid}, ${kind.alg}, ${sealer.seal(encode(private_jwk), placeOf(key.kid))}, ${encode(public_jwk)}::text::json, ${now})`
}

function placeOf(kid: string): string {
  return `signing_keys.private_jwk/${kid}`
}
