import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type Database, openDatabase } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { createLease, LeaseLost, leaseState } from './lease.ts'
import { libraryMigrations } from './migrations.ts'

const NAME = 'the one'

/** Two instances of one service: each with connections of its own to one database. */
async function twoInstances(t: TestContext): Promise<[Database, Database]> {
  const stored = await createTestDatabase('jar-service', await migrationsIn(libraryMigrations))
  const open = (): Database =>
    openDatabase({ service: 'jar-service', app: stored.as('app'), appConnections: 2, readerConnections: 1 })
  const both: [Database, Database] = [open(), open()]
  t.after(async () => {
    await Promise.all(both.map((database) => database.close()))
    await stored.drop()
  })
  return both
}

const leaseOf = ({ app }: Database, options: { heldForMs?: number; nowMs?: () => number } = {}) =>
  createLease({ app, name: NAME, heldForMs: 60_000, ...options })

/** Lets the lease run out, as the database sees it. */
const runOut = async ({ app }: Database) => {
  await app`update leases set held_until = clock_timestamp()`
}

describe('a lease', () => {
  test('has one holder, however many ask at once', async (t) => {
    const [one, other] = await twoInstances(t)
    const leases = Array.from({ length: 12 }, (_, i) => leaseOf(i % 2 === 0 ? one : other))
    const answers = await Promise.all(leases.map((lease) => lease.hold()))
    assert.equal(answers.filter(Boolean).length, 1)
    const holder = leases[answers.indexOf(true)]
    assert.equal(await holder?.hold(), true)
  })

  test('is taken over as soon as it is released, and only by one', async (t) => {
    const [one, other] = await twoInstances(t)
    const lease = leaseOf(one)
    assert.equal(await lease.hold(), true)
    const waiting = Array.from({ length: 6 }, () => leaseOf(other))
    for (const next of waiting) assert.equal(await next.hold(), false)
    await lease.release()
    await eventually(async () => (await Promise.all(waiting.map((next) => next.hold()))).includes(true))
    assert.equal((await Promise.all(waiting.map((next) => next.hold()))).filter(Boolean).length, 1)
    assert.equal((await leaseState(one.app, NAME))?.term, 2n)
  })

  test('of a process that died is taken over after its time', async (t) => {
    const [one, other] = await twoInstances(t)
    assert.equal(await leaseOf(one, { heldForMs: 500 }).hold(), true)
    const next = leaseOf(other, { heldForMs: 500 })
    assert.equal(await next.hold(), false)
    await eventually(() => next.hold())
  })

  test('is kept by a holder who renews it while it works', async (t) => {
    const [one, other] = await twoInstances(t)
    const lease = leaseOf(one, { heldForMs: 300 })
    const next = leaseOf(other, { heldForMs: 300 })
    const until = async () => {
      const [row] = await one.app<{ held_until: Date }[]>`select held_until from leases`
      return row?.held_until.getTime() as number
    }
    const done = await lease.during(async () => {
      const first = await until()
      await eventually(async () => (await until()) > first + 600)
      assert.equal(await next.hold(), false)
      return 'done'
    })
    assert.equal(done, 'done')
    assert.equal(await next.during(async () => 'never'), undefined)
  })

  test('does not go by the clock of any process', async (t) => {
    const [one, other] = await twoInstances(t)
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 86_400_000 })
    assert.equal(await leaseOf(one).hold(), true)
    t.mock.timers.setTime(Date.now() + 86_400_000)
    assert.equal(await leaseOf(other).hold(), false)
    const [row] = await one.app<{ far: boolean }[]>`
      select held_until > clock_timestamp() + interval '61 seconds' as far from leases`
    assert.equal(row?.far, false)
  })

  test('that was lost during a long pause is noticed at the next question', async (t) => {
    const [one, other] = await twoInstances(t)
    let now = 0
    const lease = leaseOf(one, { nowMs: () => now })
    assert.equal(await lease.hold(), true)
    await runOut(one)
    assert.equal(await leaseOf(other).hold(), true)
    now += 20_001
    assert.equal(await lease.hold(), false)
    await lease.release()
    assert.deepEqual(await leaseState(one.app, NAME), { term: 2n, is_held: true })
  })

  test('is believed for its time while the database does not answer, and no longer', async (t) => {
    const [one] = await twoInstances(t)
    let now = 0
    const lease = leaseOf(one, { nowMs: () => now })
    assert.equal(await lease.hold(), true)
    await one.close()
    now = 59_999
    assert.equal(await lease.hold(), true)
    now = 60_000
    await assert.rejects(lease.hold())
  })
})

describe('a guarded transaction', () => {
  test('of a worker who was overtaken is undone', async (t) => {
    const [one, other] = await twoInstances(t)
    const lease = leaseOf(one)
    assert.equal(await lease.hold(), true)
    await runOut(one)
    assert.equal(await leaseOf(other).hold(), true)
    await assert.rejects(
      one.transact((tx) => lease.guard(tx)),
      LeaseLost,
    )
    assert.equal(await lease.hold(), false)
  })

  test('is waited for by who takes over, and not by its own renewal', async (t) => {
    const [one, other] = await twoInstances(t)
    let now = 0
    const lease = leaseOf(one, { nowMs: () => now })
    assert.equal(await lease.hold(), true)
    const order: string[] = []
    let taken: Promise<void> | undefined
    await one.transact(async (tx) => {
      await lease.guard(tx)
      now += 30_000
      assert.equal(await lease.hold(), true)
      await runOut(one)
      taken = leaseOf(other)
        .hold()
        .then((isHeld) => void order.push(`taken ${isHeld}`))
      await eventually(async () => {
        const waiting =
          await one.app`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%with free as%'`
        return waiting.length > 0
      })
      order.push('committed')
    })
    await taken
    assert.deepEqual(order, ['committed', 'taken true'])
  })
})
