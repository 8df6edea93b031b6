import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Fault } from '#libs/problem/problem.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { brokenConstraint, type Database, isInTransaction, isRolledBack, openDatabase, type Tx } from './database.ts'
import { migrationsIn } from './migrate.ts'

const table = {
  name: 'test/0001.sql',
  text: 'create table notes (id int primary key, sum bigint, day date, body json);\ngrant all on notes to {app};',
}

async function openNotes(t: TestContext, appConnections = 2): Promise<{ database: Database; admin: Database }> {
  const stored = await createTestDatabase('notes-service', [...(await migrationsIn(libraryMigrations)), table])
  const open = (connections: number) =>
    openDatabase({ service: 'notes', app: stored.as('app'), appConnections: connections, readerConnections: 1 })
  const [database, admin] = [open(appConnections), open(1)]
  t.after(async () => {
    await Promise.all([database.close(), admin.close()])
    await stored.drop()
  })
  return { database, admin }
}

async function pidOf(tx: Tx): Promise<number> {
  const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
  return (row as { pid: number }).pid
}

async function ids(database: Database): Promise<number[]> {
  return (await database.app<{ id: number }[]>`select id from notes order by id`).map((row) => row.id)
}

describe('types', () => {
  test('int8 is bigint, a date is text and JSON keeps integers of any size, both ways', async (t) => {
    const { database } = await openNotes(t)
    const body = { big: 9_007_199_254_740_993n, small: 1, text: 'é' }
    await database.app`insert into notes values (1, ${-9_223_372_036_854_775_808n}, ${'2026-02-28'}, ${database.app.json(body as never)})`
    const [row] = await database.app`select sum, day, body from notes`
    assert.deepEqual({ ...row }, { sum: -9_223_372_036_854_775_808n, day: '2026-02-28', body })
    const [sums] = await database.app`select ${['1', '2']}::bigint[] as sums`
    assert.deepEqual(sums?.sums, [1n, 2n])
  })
})

describe('a transaction', () => {
  test('rolls back when its work throws, and says inside that it is one', async (t) => {
    const { database } = await openNotes(t)
    const seen: boolean[] = []
    const failing = database.transact(async (tx) => {
      await tx`insert into notes (id) values (1)`
      seen.push(isInTransaction())
      throw new Error('no')
    })
    await assert.rejects(failing, /^Error: no$/)
    assert.deepEqual([seen, isInTransaction(), await ids(database)], [[true], false, []])
  })

  test('inside another is refused', async (t) => {
    const { database } = await openNotes(t)
    await assert.rejects(
      database.transact(() => database.transact(async () => 1)),
      /inside another/,
    )
  })

  test('that meets a deadlock is run again, and both have their effect', async (t) => {
    const { database } = await openNotes(t)
    await database.app`insert into notes (id, sum) values (1, 0), (2, 0)`
    const met = Promise.withResolvers<void>()
    let arrived = 0
    let runs = 0
    const add = (first: number, second: number) =>
      database.transact(async (tx) => {
        runs += 1
        await tx`update notes set sum = sum + 1 where id = ${first}`
        if (++arrived === 2) met.resolve()
        await met.promise
        await tx`update notes set sum = sum + 1 where id = ${second}`
      })
    await Promise.all([add(1, 2), add(2, 1)])
    const rows = await database.app`select sum from notes`
    assert.deepEqual([rows.map((row) => row.sum), runs], [[2n, 2n], 3])
  })

  test('names the constraint that a row broke, and is then known to be rolled back', async (t) => {
    const { database } = await openNotes(t)
    const twice = database.transact((tx) => tx`insert into notes (id) values (1), (1)`)
    const error = await twice.catch((thrown: unknown) => thrown)
    assert.deepEqual(
      [brokenConstraint(error), isRolledBack(error), isRolledBack(new Fault('away'))],
      ['notes_pkey', true, false],
    )
  })
})

describe('a connection that dies inside a transaction', () => {
  for (const place of ['while it waits for something else', 'in a savepoint', 'while a statement runs'] as const) {
    test(`${place} is a Fault; nothing of it is ever written, and the pool works on`, async (t) => {
      const { database, admin } = await openNotes(t, 1)
      const after: string[] = []
      const work = async (tx: Tx): Promise<void> => {
        await tx`insert into notes (id) values (1)`
        const pid = await pidOf(tx)
        if (place === 'while a statement runs') {
          setTimeout(() => void admin.app`select pg_terminate_backend(${pid})`.then(() => {}), 20)
          await tx`select pg_sleep(10)`
        }
        await admin.app`select pg_terminate_backend(${pid})`
        // By now another query has the connection's slot in the pool.
        await database.app`select 1`
        await tx`insert into notes (id) values (2)`.catch((error: Error) => after.push(error.message))
        throw new Error('the work gives up')
      }
      const killed = database.transact((tx) =>
        place === 'in a savepoint' ? tx.savepoint((inner) => work(inner as Tx)) : work(tx),
      )
      await assert.rejects(killed, Fault)
      await database.transact((tx) => tx`insert into notes (id) values (3)`)
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.deepEqual(await ids(database), [3])
      if (place !== 'while a statement runs') assert.deepEqual(after, ['the connection of this transaction is gone'])
    })
  }

  test('of somebody else in the pool does not disturb a transaction', async (t) => {
    const { database, admin } = await openNotes(t)
    await database.transact(async (tx) => {
      await tx`insert into notes (id) values (1)`
      const other = await database.app<{ pid: number }[]>`select pg_backend_pid() as pid`
      await admin.app`select pg_terminate_backend(${other[0]?.pid as number})`
      await new Promise((resolve) => setTimeout(resolve, 50))
      await tx`insert into notes (id) values (2)`
    })
    assert.deepEqual(
      (await admin.app`select id from notes order by id`).map((row) => row.id),
      [1, 2],
    )
  })

  test('while a statement is on its way out costs the pool that connection only: the next one is made at once', async (t) => {
    const { database, admin } = await openNotes(t, 1)
    let present: number | undefined
    const lost: string[] = []
    const ask = async () => {
      try {
        const [row] = await database.app<{ pid: number }[]>`select pg_backend_pid() as pid`
        present = row?.pid
      } catch (error) {
        lost.push((error as { code: string }).code)
      }
    }
    await ask()
    for (let round = 0; round < 10; round++) {
      const last = present as number
      const asked: Promise<void>[] = []
      await admin.app`select pg_terminate_backend(${last})`
      // Two questions in each turn of the event loop: some are written between the end of the connection and the news of it.
      while (present === last) {
        asked.push(ask(), ask())
        await new Promise(setImmediate)
      }
      await Promise.all(asked)
    }
    assert.deepEqual([...new Set(lost)], ['CONNECTION_CLOSED'])
  })

  test('while it is made is a Fault, not a wait', async (t) => {
    const server = createServer((socket) => socket.once('data', () => socket.end()))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const parts = { appConnections: 1, readerConnections: 1 }
    const closing = openDatabase({ service: 'x', app: { host: '127.0.0.1', port }, ...parts })
    t.after(async () => {
      await closing.close()
      server.close()
    })
    await assert.rejects(
      closing.transact((tx) => tx`select 1`),
      Fault,
    )
  })

  test('to a server that is not there is a Fault', async () => {
    const nowhere = openDatabase({
      service: 'x',
      app: { host: '127.0.0.1', port: 1 },
      appConnections: 1,
      readerConnections: 1,
    })
    await assert.rejects(
      nowhere.transact((tx) => tx`select 1`),
      Fault,
    )
    await nowhere.close()
  })
})
