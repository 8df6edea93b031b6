import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { realClock } from '#libs/clock/clock.ts'
import { SealBroken } from '#libs/crypto/envelope.ts'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openDatabase } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { openKeyRing } from '../store/key-ring.ts'
import { openVault } from '../vault.ts'

async function keeper(t: TestContext) {
  const files = await migrationsIn([...libraryMigrations, join(import.meta.dirname, '../../migrations')])
  const stored = await createTestDatabase('identity-service', files)
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-keys-'))
  const database = openDatabase({
    service: 'identity-service',
    app: stored.as('app'),
    reader: stored.as('reader'),
    appConnections: 3,
    readerConnections: 1,
  })
  t.after(async () => {
    await database.close()
    await stored.drop()
    await rm(folder, { recursive: true, force: true })
  })
  const vaultOf = (name: string) => openVault(localKeyProvider({ file: join(folder, name), create: true }))
  return { database, clock: realClock(), vaultOf }
}

describe('the ring of signing keys', () => {
  test('instances that open at once share one key, and a rotation by one reaches the other', async (t) => {
    const { database, clock, vaultOf } = await keeper(t)
    const { fields: sealer } = vaultOf('master.key')
    const rings = await Promise.all([1, 2, 3].map(() => openKeyRing({ database, sealer, clock })))
    const [one, two, three] = rings.map((ring) => ring.active.kid)
    assert.deepEqual([two, three], [one, one])
    await rings[0]?.rotate(86_400)
    assert.equal(rings[0]?.active.kid, one, 'a young key stays')
    await database.app`update signing_keys set created_at = created_at - interval '2 days'`
    await Promise.all(rings.map((ring) => ring.rotate(86_400)))
    const kids = new Set(rings.map((ring) => ring.active.kid))
    assert.equal(kids.size, 1)
    assert.equal(kids.has(one as string), false)
    const rows = await database.app<{ kid: string; retired: boolean }[]>`
      select kid, retired_at is not null as retired from signing_keys order by created_at`
    assert.deepEqual(
      rows.map(({ kid, retired }) => [kid, retired]),
      [
        [one, true],
        [[...kids][0], false],
      ],
    )
  })

  test('each algorithm has a key of its own, which is made once, rotated by itself and shared by all instances', async (t) => {
    const { database, clock, vaultOf } = await keeper(t)
    const { fields: sealer } = vaultOf('master.key')
    const rings = await Promise.all([1, 2, 3].map(() => openKeyRing({ database, sealer, clock })))
    const kidsOf = async (alg: 'ES256' | 'PS256'): Promise<Set<string>> =>
      new Set((await Promise.all(rings.map((ring) => ring.keyFor(alg)))).map(({ kid }) => kid))
    const [es, ps] = [await kidsOf('ES256'), await kidsOf('PS256')]
    assert.deepEqual([es.size, ps.size], [1, 1])
    await database.app`update signing_keys set created_at = created_at - interval '2 days' where alg = 'ES256'`
    await Promise.all(rings.map((ring) => ring.rotate(86_400)))
    const after = await kidsOf('ES256')
    assert.deepEqual([after.size, after.has([...es][0] as string), [...(await kidsOf('PS256'))]], [1, false, [...ps]])
    const rows = await database.app<{ alg: string; active: number }[]>`
      select alg, count(*) filter (where retired_at is null)::int as active from signing_keys group by alg order by alg`
    assert.deepEqual(
      rows.map(({ alg, active }) => [alg, active]),
      [
        ['ES256', 1],
        ['EdDSA', 1],
        ['PS256', 1],
      ],
    )
  })

  test('the private key is sealed: with another master key the ring does not open', async (t) => {
    const { database, clock, vaultOf } = await keeper(t)
    const ring = await openKeyRing({ database, sealer: vaultOf('master.key').fields, clock })
    const [row] = await database.app<{ text: string }[]>`select signing_keys::text as text from signing_keys`
    const { d } = ring.active.privateKey.export({ format: 'jwk' })
    assert.equal(row?.text.includes(d as string), false)
    await assert.rejects(openKeyRing({ database, sealer: vaultOf('other.key').fields, clock }), SealBroken)
  })
})
