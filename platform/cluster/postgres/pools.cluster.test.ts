import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation } from '#libs/contract/operation.ts'
import { executeRead } from '#libs/http/execute-read.ts'
import type { OperationHost, Request } from '#libs/http/executor.ts'
import type { AnyRead } from '#libs/http/implement.ts'
import { type Database, isConnectionLost, openDatabase, openPool, type Sql } from '#libs/sql/database.ts'
import { parseServerUrl } from '#libs/sql/server-url.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import type { Member } from './member.ts'
import { startTrio, type Trio } from './trio.ts'

const BOUND = { timeout: 240_000 }

async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await what().valueOf())) await sleep(20)
}

async function on<T>(member: Member, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openPool(member.options(), { name: 'test', max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

describe('pools over a primary and its replicas', BOUND, () => {
  let home: string
  let trio: Trio

  before(async () => {
    home = await makeTemporaryHome('bf-pools-')
    trio = await startTrio({ home, log: () => {}, durable: false, sharedBuffers: '16MB' })
    await on(trio.primary, (sql) => sql`create table notes (id int primary key)`)
  })
  after(async () => {
    await trio?.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })

  const open = (options: { statementTimeoutMs?: number; hasReplicas?: true; max_lag_ms?: number } = {}): Database => {
    const { statementTimeoutMs = 30_000, max_lag_ms = 60_000 } = options
    const target = { url: trio.url() }
    const replicas = options.hasReplicas ? { target, connections: 1, max_lag_ms } : undefined
    return openDatabase({
      service: 'notes',
      app: target,
      appConnections: 2,
      readerConnections: 1,
      statementTimeoutMs,
      replicas,
    })
  }
  const isReplica = async (sql: Sql): Promise<boolean> =>
    (await sql`select pg_is_in_recovery() as yes`)[0]?.yes as boolean

  test(
    'a commit that finds no replica is not confirmed when its time is over, but when a replica has it',
    BOUND,
    async (t) => {
      const database = open({ statementTimeoutMs: 300 })
      t.after(() => database.close())
      const replicas = trio.replicas
      for (const replica of replicas) await replica.stop()
      let isConfirmed = false
      const commit = database
        .transact((tx) => tx`insert into notes values (1)`)
        .then(() => {
          isConfirmed = true
        })
      const waited = (sql: Sql) => sql`select from pg_stat_activity
      where wait_event = 'SyncRep' and application_name = 'notes' and clock_timestamp() - query_start > interval '1 second'`
      await on(trio.primary, (sql) => until(async () => (await waited(sql)).length > 0))
      assert.equal(isConfirmed, false)
      await trio.start(replicas[0] as Member)
      await commit
      assert.deepEqual(
        await on(replicas[0] as Member, async (sql) => {
          await until(async () => (await sql`select from notes where id = 1`).length > 0)
          return (await sql`select id from notes where id = 1`).length
        }),
        1,
      )
      await trio.start(replicas[1] as Member)
    },
  )

  test(
    'reads that tolerate it go to replicas, never to one that lags more than it may, and to the primary without any',
    BOUND,
    async (t) => {
      const database = open({ hasReplicas: true, max_lag_ms: 2_000 })
      t.after(() => database.close())
      await until(() => database.lagging !== database.reader)
      assert.equal(await isReplica(database.lagging), true)
      assert.equal(await isReplica(database.reader), false)
      const lagged = trio.replicas
      for (const replica of lagged) await on(replica, (sql) => sql`select pg_wal_replay_pause()`)
      await on(trio.primary, (sql) => sql`insert into notes values (2)`)
      await until(() => database.lagging === database.reader)
      await on(lagged[0] as Member, (sql) => sql`select pg_wal_replay_resume()`)
      await until(() => database.lagging !== database.reader)
      assert.equal((await database.lagging`select from notes where id = 2`).length, 1)
      await on(lagged[1] as Member, (sql) => sql`select pg_wal_replay_resume()`)
    },
  )

  test('who wrote lately reads his own write, also from operations that tolerate a lag', BOUND, async (t) => {
    const database = open({ hasReplicas: true })
    t.after(() => database.close())
    await until(() => database.lagging !== database.reader)
    for (const replica of trio.replicas) await on(replica, (sql) => sql`select pg_wal_replay_pause()`)
    await database.transact((tx) => tx`insert into notes values (3)`)
    const contract = { id: 'listNotes', status: 200, access: { anyone: true } } as unknown as Operation
    const read = async (isFresh: boolean | undefined, toleratesLag: boolean): Promise<unknown> => {
      const beats = {
        toleratesLag,
        read: async (_input: unknown, { sql }: { sql: Sql }) => (await sql`select from notes where id = 3`).length,
      }
      const request = { input: {}, caller: { kind: 'anonymous' }, isFresh } as unknown as Request
      const answer = await executeRead(
        contract,
        beats as unknown as AnyRead,
        { database } as unknown as OperationHost,
        request,
      )
      return answer.reply
    }
    assert.deepEqual(
      [await read(true, true), await read(undefined, true), await read(false, false), await read(false, true)],
      [1, 1, 1, 0],
    )
    for (const replica of trio.replicas) await on(replica, (sql) => sql`select pg_wal_replay_resume()`)
  })

  test(
    'writing goes on at the promoted server by itself; what was confirmed is there, and nothing is there twice',
    BOUND,
    async (t) => {
      const database = open({ hasReplicas: true })
      t.after(() => database.close())
      const confirmed: number[] = []
      let next = 1_000
      let isOver = false
      const write = async (): Promise<void> => {
        while (!isOver) {
          const id = next++
          try {
            await database.transact((tx) => tx`insert into notes values (${id})`)
            confirmed.push(id)
          } catch (error) {
            // Whether it happened is unknown: never "it was refused".
            assert.equal(isConnectionLost(error), true, String(error))
          }
        }
      }
      const writers = [write(), write(), write(), write()]
      await until(() => confirmed.length > 50)
      const old = trio.primary
      await trio.kill()
      await trio.promote()
      const before = confirmed.length
      await until(() => confirmed.length > before + 50)
      isOver = true
      await Promise.all(writers)
      const stored = new Set((await database.reader`select id from notes`).map((row) => row.id as number))
      assert.deepEqual(
        confirmed.filter((id) => !stored.has(id)),
        [],
      )
      await trio.rejoin(old)
      await until(async () => (await on(old, (sql) => sql`select id from notes`)).length === stored.size)
      assert.equal(parseServerUrl(trio.url()).hosts.length, 3)
    },
  )
})
