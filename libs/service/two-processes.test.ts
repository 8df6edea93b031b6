import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Database } from '#libs/sql/database.ts'
import { inspectLabel, takeSweets } from '#libs/testing/jar-contracts.ts'
import { service } from '#libs/testing/jar-service.ts'
import { putUpJar } from '#libs/testing/jars.ts'
import { aKey, eventually, openServiceTest } from '#libs/testing/service-test.ts'
import { leaseState } from './lease.ts'
import { type Job, jobsOf } from './service.ts'

/** A job that counts, by process, how often it was done; processes are told apart by their connections. */
function counted(name: string, options: Partial<Job<Record<string, never>>> = {}) {
  const doneBy = new Map<Database, number>()
  const job = jobsOf<Record<string, never>>()(name, {
    everyMs: 10,
    run: async ({ database }) => void doneBy.set(database, (doneBy.get(database) ?? 0) + 1),
    ...options,
  })
  return { job, of: ({ database }: { database: Database }) => doneBy.get(database) ?? 0 }
}

async function twoProcesses(t: TestContext, jobs: Job<Record<string, never>>[] = []) {
  const jars = await openServiceTest(t, { ...service, jobs })
  jars.peer(inspectLabel, () => ({ is_allowed: true }))
  await eventually(async () => (await leaseState(jars.sql, 'worker'))?.is_held === true)
  return { jars, first: jars.runtime, second: await jars.anotherRuntime() }
}

describe('two processes of one service', () => {
  test('do each job in one of them, and in the other as soon as that one stops', async (t) => {
    const once = counted('once')
    const { jars, first, second } = await twoProcesses(t, [once.job])
    const before = once.of(first)
    await eventually(() => once.of(first) > before + 20)
    assert.equal(once.of(second), 0)
    await first.stop()
    const stopped = once.of(first)
    await eventually(() => once.of(second) > 5)
    assert.equal(once.of(first), stopped)
    assert.deepEqual(await leaseState(jars.sql, 'worker'), { term: 2n, is_held: true })
  })

  test('take a job over from one that is not heard of any more', async (t) => {
    const once = counted('once')
    const { jars, first, second } = await twoProcesses(t, [once.job])
    // What its silence comes to; its next renewal finds that it was overtaken.
    await eventually(async () => {
      await jars.sql`update leases set held_until = clock_timestamp() where name = 'worker' and term = 1`
      return once.of(second) > 0
    })
    const last = await eventually(async () => {
      const count = once.of(first)
      const later = once.of(second)
      await eventually(() => once.of(second) > later + 20)
      return once.of(first) === count && count
    }, 30_000)
    assert.ok(last > 0)
  })

  test('both do what keeps the memory of a process', async (t) => {
    const each = counted('each', { inEveryProcess: true })
    const { first, second } = await twoProcesses(t, [each.job])
    await eventually(() => each.of(first) > 2 && each.of(second) > 2)
  })

  test('both give positions, each event one, and what one gave wakes the readers of the other', async (t) => {
    const { jars, first, second } = await twoProcesses(t)
    let woken = 0
    second.events.onAppended(() => {
      woken += 1
    })
    const { jar_id, owner } = await putUpJar(jars)
    const take = () =>
      jars.call(takeSweets, { params: { jar_id }, body: { sweets: 1, wish: 'please' } }, owner, { key: aKey() })
    for (let i = 0; i < 20; i++) await take()
    await eventually(() => woken > 0)
    await eventually(async () => {
      const rows = await jars.sql<{ position: bigint | null }[]>`select position from outbox order by position`
      return rows.every((row) => row.position !== null)
    })
    const rows = await jars.sql<{ position: bigint; events: number }[]>`
      select position, events from outbox order by position`
    let expected = 0n
    for (const { position, events } of rows) {
      expected += BigInt(events)
      assert.equal(position, expected)
    }
    assert.ok(rows.length > 0)
    const page = await first.events.read({ epoch: 1, position: 0n }, 1_000, [])
    assert.equal(page.upTo.position, expected)
  })
})
