import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openPool } from '#libs/sql/database.ts'
import type { ServerState } from './supervisor.ts'
import { isRunning, killHard, lineOf, query, startElsewhere, testHome } from './test-home.ts'

const BOUND = { timeout: 60_000 }

describe('embedded server', BOUND, () => {
  test('starts on an empty folder with the promised settings, and keeps its data over a restart', BOUND, async (t) => {
    const at = testHome(t)
    const server = await at.start()
    assert.match(server.version, /^18\./)
    assert.equal(server.state(), 'ready')
    const names = [
      'server_encoding',
      'timezone',
      'wal_level',
      'jit',
      'listen_addresses',
      'data_checksums',
      'max_connections',
    ]
    const shown = await query(server, `select ${names.map((name) => `current_setting('${name}')`).join(', ')}`)
    assert.deepEqual(shown[0], ['UTF8', 'UTC', 'replica', 'off', '', 'on', '100'])
    await query(server, 'create table kept as select 42 as answer')
    await server.stop()
    assert.equal(server.state(), 'stopped')
    assert.equal(server.pid(), undefined)

    const again = await at.start()
    assert.deepEqual(await query(again, 'select answer from kept'), [[42]])
    assert.equal(again.connection.password, server.connection.password)
    assert.equal(at.lines.filter((line) => line.startsWith('making the database')).length, 1)
  })

  test('lets nobody in without the password, which only we can read', BOUND, async (t) => {
    const at = testHome(t)
    const server = await at.start()
    const wrong = { ...server, options: (database: string) => server.options(database, undefined, 'wrong') }
    await assert.rejects(query(wrong, 'select 1'), { code: '28P01' })
    assert.equal(statSync(join(at.home, 'postgres-password')).mode & 0o777, 0o600)
    assert.equal(statSync(join(at.home, 'postgres', 'data')).mode & 0o777, 0o700)
  })

  test(
    'listens on loopback with a URL that postgres.js reads, where asked to or where the socket name would be too long',
    BOUND,
    async (t) => {
      const asked = await testHome(t).start('loopback')
      assert.equal(asked.connection.host, '127.0.0.1')
      const sql = openPool({ url: asked.url('postgres') }, { name: 'test', max: 1 })
      const [row] = await sql`show listen_addresses`
      assert.equal(row?.listen_addresses, '127.0.0.1')
      await sql.end()
      await asked.stop()

      const long = await testHome(t, 'open', 'h'.repeat(90)).start()
      assert.equal(long.connection.host, '127.0.0.1')
      assert.deepEqual(await query(long, 'select 1'), [[1]])
    },
  )

  test('keeps details that quote a row out of its log', BOUND, async (t) => {
    const at = testHome(t)
    const server = await at.start()
    await query(server, 'create table person (email text primary key)')
    await query(server, "insert into person values ('ann@example.test')")
    await assert.rejects(query(server, "insert into person values ('ann@example.test')"), { code: '23505' })
    await server.stop()
    const folder = join(at.home, 'postgres', 'log')
    const text = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('')
    assert.match(text, /duplicate key value/)
    assert.doesNotMatch(text, /ann@example\.test/)
  })

  test(
    'is started again by itself when it is killed, with what was committed, telling each state',
    BOUND,
    async (t) => {
      const server = await testHome(t).start()
      await query(server, 'create table kept as select 42 as answer')
      for (let round = 0; round < 2; round++) {
        const [states, killed] = [[] as ServerState[], server.pid()!]
        const back = new Promise<void>((resolve) => {
          const end = server.onState((state) => {
            states.push(state)
            if (state === 'ready') resolve(end())
          })
        })
        process.kill(killed, 'SIGKILL')
        await back
        assert.deepEqual(states, ['down', 'starting', 'ready'])
        assert.notEqual(server.pid(), killed)
        assert.deepEqual(await query(server, 'select answer from kept'), [[42]])
      }
    },
  )

  test('a session busy with a long statement does not hold up the restart', BOUND, async (t) => {
    const server = await testHome(t).start()
    const busy = assert.rejects(query(server, 'select count(*) from generate_series(1, 1000000000)'))
    const running =
      "select count(*)::int from pg_stat_activity where state = 'active' and query like '%1000000000%' and pid <> pg_backend_pid()"
    while ((await query(server, running))[0]?.[0] !== 1) await new Promise((resolve) => setImmediate(resolve))
    const back = new Promise<void>((resolve) => server.onState((state) => state === 'ready' && resolve()))
    process.kill(server.pid()!, 'SIGKILL')
    await Promise.all([back, busy])
    assert.deepEqual(await query(server, 'select 1'), [[1]])
  })

  test('stops for good while it is being restarted', BOUND, async (t) => {
    const at = testHome(t)
    const server = await at.start()
    const down = new Promise<void>((resolve) => server.onState((state) => state === 'down' && resolve()))
    process.kill(server.pid()!, 'SIGKILL')
    await down
    await server.stop()
    assert.equal(server.state(), 'stopped')
    assert.equal(server.pid(), undefined)
    await assert.rejects(query(server, 'select 1'))
  })

  test(
    'a killed platform leaves a server that the next one replaces, and nothing committed is lost',
    BOUND,
    async (t) => {
      const at = testHome(t)
      const child = startElsewhere(t, at)
      const { pid, host } = JSON.parse(await lineOf(child, 'ready ')) as { pid: number; host: string }
      const password = readFileSync(join(at.home, 'postgres-password'), 'utf8').trim()
      const options = (database: string) => ({ host, port: 5432, database, user: 'postgres', password })
      await query({ options }, 'create table kept as select 42 as answer')
      await killHard(child)
      assert.equal(isRunning(at, pid), true)

      const server = await at.start()
      assert.equal(isRunning(at, pid), false)
      assert.notEqual(server.pid(), pid)
      assert.deepEqual(await query(server, 'select answer from kept'), [[42]])
    },
  )

  test('a pid file that names a stranger stops neither the stranger nor the start', BOUND, async (t) => {
    const at = testHome(t)
    await (await at.start()).stop()
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    t.after(() => stranger.kill('SIGKILL'))
    const stale = [stranger.pid, join(at.home, 'postgres', 'data'), 0, 5432, '', '', '', 'ready']
    writeFileSync(join(at.home, 'postgres', 'data', 'postmaster.pid'), stale.join('\n'))
    const server = await at.start()
    assert.deepEqual(await query(server, 'select 1'), [[1]])
    assert.equal(stranger.exitCode ?? stranger.signalCode, null)
  })

  test(
    'a second platform on the same home is refused in one line while the first lives, and welcome after',
    BOUND,
    async (t) => {
      const at = testHome(t)
      const first = startElsewhere(t, at)
      await lineOf(first, 'ready ')
      await assert.rejects(at.start(), {
        name: 'EmbeddedServerError',
        message: `another BankFlow (process ${first.pid}) already runs on ${at.home}: stop it first, or set another BANKFLOW_HOME`,
      })
      await killHard(first)
      const server = await at.start()
      await assert.rejects(at.start(), /another BankFlow \(process \d+\) already runs/)
      assert.deepEqual(await query(server, 'select 1'), [[1]])
    },
  )

  test('a start that was killed while it made the data folder is made again from nothing', BOUND, async (t) => {
    const at = testHome(t)
    const child = startElsewhere(t, at)
    await lineOf(child, 'making the database')
    const inside = join(at.home, 'postgres')
    while (
      !readdirSync(inside).some((name) => name.startsWith('init-') && existsSync(join(inside, name, 'data', 'base')))
    ) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    await killHard(child)
    assert.equal(existsSync(join(inside, 'data')), false)

    const server = await at.start()
    assert.deepEqual(await query(server, 'select 1'), [[1]])
    await server.stop()
    await (await at.start()).stop()
    assert.deepEqual(
      readdirSync(inside).filter((name) => name.startsWith('init-')),
      [],
    )
  })

  test('refuses a data folder that it does not know, and touches nothing in it', BOUND, async (t) => {
    const at = testHome(t)
    mkdirSync(join(at.home, 'postgres', 'data'), { recursive: true })
    writeFileSync(join(at.home, 'postgres', 'data', 'letter.txt'), 'dear')
    await assert.rejects(at.start(), /is not a PostgreSQL data folder/)
    assert.deepEqual(readdirSync(join(at.home, 'postgres', 'data')), ['letter.txt'])
  })

  test('tells in one line why it cannot start, and leaves neither server nor lock', BOUND, async (t) => {
    const at = testHome(t)
    await (await at.start()).stop()
    rmSync(join(at.home, 'postgres', 'data', 'global'), { recursive: true })
    await assert.rejects(at.start(), (error: Error) => {
      assert.equal(error.name, 'EmbeddedServerError')
      assert.match(error.message, /^PostgreSQL could not start: [^\n]*could not [^\n]+$/)
      return true
    })
    assert.equal(existsSync(join(at.home, 'postgres', 'data', 'postmaster.pid')), false)
    await assert.rejects(at.start(), /^EmbeddedServerError: PostgreSQL could not start/)
  })
})
