import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { agreeOnEpoch, eventsLostByProducers } from './check-events.ts'
import { epochAfter } from './epoch.ts'
import type { SqlOf } from './reconcile-types.ts'

const SERVICES = ['baker-service', 'cook-service']
const NOW = new Date('2026-11-22T09:30:00Z')

async function kitchen(t: TestContext): Promise<SqlOf> {
  const files = await migrationsIn(libraryMigrations)
  const pools = new Map<string, Sql>()
  for (const service of SERVICES) {
    const stored = await createTestDatabase(service, files)
    const sql = openPool(stored.as('app'), { name: 'test', max: 1 })
    pools.set(service, sql)
    t.after(async () => {
      await sql.end({ timeout: 1 })
      await stored.drop()
    })
  }
  return (service) => pools.get(service) as Sql
}

/** Where the baker's events end, and how far the cook has come with them. */
async function standing(
  sqlOf: SqlOf,
  { ends, handled }: { ends: [number, number]; handled: [number, number] },
): Promise<void> {
  await sqlOf('baker-service')`update outbox_state set epoch = ${ends[0]}, position = ${ends[1]}`
  await sqlOf('cook-service')`
    insert into subscriptions (producer, epoch, position, updated_at) values ('baker-service', ${handled[0]}, ${handled[1]}, now())`
}

async function epochsOf(sqlOf: SqlOf): Promise<number[]> {
  const rows = SERVICES.map((service) => sqlOf(service)<{ epoch: number }[]>`select epoch from outbox_state`)
  return (await Promise.all(rows)).map(([row]) => row?.epoch ?? 0)
}

describe('epochs', () => {
  test('a back-up that is restored twice begins another epoch each time, also by a clock that is wrong', () => {
    const first = epochAfter(1, NOW)
    assert.ok(epochAfter(1, new Date(NOW.getTime() + 1_000)) > first)
    assert.equal(epochAfter(first, new Date(0)), first + 1)
    assert.ok(epochAfter(1, new Date('2087-12-31')) < 2 ** 31)
  })

  test('all databases have the highest that a server began, those that were not restored too', async (t) => {
    const sqlOf = await kitchen(t)
    await standing(sqlOf, { ends: [9, 950], handled: [1, 1_000] })
    assert.equal(await agreeOnEpoch(sqlOf, SERVICES, NOW), 9)
    assert.deepEqual(await epochsOf(sqlOf), [9, 9])
    assert.deepEqual(await eventsLostByProducers(sqlOf, SERVICES), [
      'baker-service: cook-service had handled 50 events more',
    ])
  })

  test('what a server lost that began no epoch is not skipped when it says something new: a new epoch begins, once', async (t) => {
    const sqlOf = await kitchen(t)
    await standing(sqlOf, { ends: [9, 950], handled: [9, 1_000] })
    const epoch = await agreeOnEpoch(sqlOf, SERVICES, NOW)
    assert.ok(epoch > 9)
    assert.deepEqual(await epochsOf(sqlOf), [epoch, epoch])
    assert.equal(await agreeOnEpoch(sqlOf, SERVICES, new Date(NOW.getTime() + 1_000)), epoch)
  })

  test('nor where somebody had followed it into an epoch that it does not have any more', async (t) => {
    const sqlOf = await kitchen(t)
    await standing(sqlOf, { ends: [3, 950], handled: [2 ** 30, 20] })
    assert.equal(await agreeOnEpoch(sqlOf, SERVICES, NOW), 2 ** 30 + 1)
  })
})
