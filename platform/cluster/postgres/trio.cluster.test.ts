import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { openPool, type Sql, type Target } from '#libs/sql/database.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { startTrio, type Trio, type TrioOptions } from './trio.ts'

const BOUND = { timeout: 180_000 }

/** A folder that goes after the servers on it have stopped. */
async function homeOf(t: TestContext): Promise<{ home: string; open(options?: Partial<TrioOptions>): Promise<Trio> }> {
  const home = await makeTemporaryHome('bf-trio-')
  const opened: Trio[] = []
  t.after(async () => {
    for (const trio of opened) await trio.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })
  return {
    home,
    async open(options = {}) {
      const trio = await startTrio({ home, log: () => {}, durable: false, sharedBuffers: '16MB', ...options })
      opened.push(trio)
      return trio
    },
  }
}

async function on<T>(target: Target, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openPool(target, { name: 'test', max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function names(target: Target): Promise<string[]> {
  return on(target, async (sql) => (await sql`select name from notes order by name`).map((row) => row.name as string))
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 25))
}

describe('a primary with two replicas', BOUND, () => {
  test('confirms a commit when one of the replicas has it, also when the other is away', BOUND, async (t) => {
    const trio = await (await homeOf(t)).open()
    await on(trio.primary.options(), (sql) => sql`create table notes (name text primary key)`)
    await on(trio.primary.options(), (sql) => sql`insert into notes values ('both')`)
    await trio.kill(trio.replicas[0])
    await on(trio.primary.options(), (sql) => sql`insert into notes values ('one')`)
    await trio.start(trio.replicas[0] as (typeof trio.replicas)[0])
    for (const replica of trio.replicas) await until(async () => (await names(replica.options())).join() === 'both,one')
    await assert.rejects(
      on((trio.replicas[0] as (typeof trio.replicas)[0]).options(), (sql) => sql`insert into notes values ('no')`),
      { code: '25006' },
    )
  })

  test('the one that has most is promoted, has every confirmed commit, and the other follows it', BOUND, async (t) => {
    const { open } = await homeOf(t)
    const trio = await open()
    const [first, second] = trio.replicas as [(typeof trio.replicas)[0], (typeof trio.replicas)[0]]
    await on(trio.primary.options(), (sql) => sql`create table notes (name text primary key)`)
    await until(async () => (await names(first.options()).catch(() => ['away'])).length === 0)
    // Only the second one gets what comes now, and so only it may be promoted.
    await first.stop()
    const old = trio.primary
    await on(old.options(), (sql) => sql`insert into notes values ('confirmed')`)
    await trio.kill()
    await trio.start(first)
    assert.equal((await trio.promote()).name, second.name)
    await on(trio.primary.options(), (sql) => sql`insert into notes values ('after')`)
    await until(async () => (await names(first.options())).join() === 'after,confirmed')

    await assert.rejects(trio.start(old), /one is fenced/)
    await trio.rejoin(old)
    await until(async () => (await names(old.options())).join() === 'after,confirmed')
    await trio.stop()
    const again = await open()
    assert.equal(again.primary.name, second.name)
    assert.deepEqual(await names(again.primary.options()), ['after', 'confirmed'])
  })

  test(
    'a running primary is fenced first; PostgreSQL itself then never takes a write on its folder',
    BOUND,
    async (t) => {
      const trio = await (await homeOf(t)).open()
      const old = trio.primary
      await on(old.options(), (sql) => sql`create table notes (name text primary key)`)
      await trio.promote()
      assert.equal(old.pid(), undefined)
      assert.equal(existsSync(join(old.data, 'standby.signal')), true)
      // Somebody takes our note away and starts it all the same.
      rmSync(join(old.data, 'bankflow-fenced'))
      await old.start()
      await assert.rejects(
        on(old.options(), (sql) => sql`insert into notes values ('lost')`),
        { code: '25006' },
      )
    },
  )

  test(
    'promotes nobody while a replica is silent that may alone have the last commits, unless the loss is accepted',
    BOUND,
    async (t) => {
      const trio = await (await homeOf(t)).open()
      await trio.replicas[0]?.stop()
      await trio.kill()
      await assert.rejects(trio.promote(), /two does not answer .* nothing was promoted/)
      assert.equal((await trio.promote({ accept_loss: true })).name, 'three')
    },
  )

  test('finished log files are archived whole, and by the promoted one after its predecessor', BOUND, async (t) => {
    const trio = await (await homeOf(t)).open()
    const archived = () => readdirSync(trio.archive as string).filter((name) => /^[0-9A-F]{24}$/.test(name))
    const finish = () =>
      on(trio.primary.options(), (sql) => sql`select pg_logical_emit_message(true, 'x', 'y'), pg_switch_wal()`)
    await finish()
    await until(async () => archived().length > 0)
    const before = archived().length
    await trio.promote()
    await finish()
    await until(async () => archived().length > before)
    const [row] = await on(
      trio.primary.options(),
      (sql) => sql`select failed_count::int as failed from pg_stat_archiver`,
    )
    assert.equal(row?.failed, 0)
  })
})
