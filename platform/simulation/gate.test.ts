import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceDefinition } from '#libs/service/service.ts'
import { openPool } from '#libs/sql/database.ts'
import { testServerUrl } from '#libs/testing/server.ts'
import { service as ledger } from '#services/ledger-service/src/service.ts'
import { serverOf } from '../databases.ts'
import { makeDatabase, writingFunctions } from './databases.ts'
import { Gate } from './gate.ts'
import { type Monitor, watchServer } from './monitor.ts'
import { SeededProcess } from './seeded-process.ts'

let opened = 0

/** What became of a statement: nothing yet, `done`, or the code of its error. */
interface Asked {
  outcome: string | undefined
}

/** A gate before a database of its own, and clients whose statements go through it. */
async function openGate(t: TestContext, as = (monitor: Monitor): Monitor => monitor) {
  const database = await makeDatabase(
    serverOf(await testServerUrl()),
    `gate${++opened}_${process.pid}`,
    ledger as unknown as ServiceDefinition,
  )
  const functions = await writingFunctions(database.watching)
  const monitor = as(watchServer(database.watching))
  const gate = new Gate(new SeededProcess('gate'), monitor, {
    breaksCircles: true,
    functions,
    tellTime: async () => {},
  })
  const actor = { name: 'i1', skewMs: 0, isGone: false }
  const target = database.targetOf('app')
  /** Lets everything through that comes, in its order, until nothing comes any more. */
  const goOn = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; ) {
      await sleep(1)
      const [next, heard] = [gate.ready()[0], gate.answered()[0]]
      if (next !== undefined) await gate.send(next)
      else if (heard !== undefined) await gate.deliver(heard)
      quiet = next === undefined && heard === undefined ? quiet + 1 : 0
    }
  }
  const client = () => {
    const sql = openPool({ ...target, socket: () => gate.open(actor, target) }, { name: 'gate', max: 1 })
    return async (text: string): Promise<Asked> => {
      const asked: Asked = { outcome: undefined }
      sql.unsafe(text).then(
        () => (asked.outcome = 'done'),
        (error: { code: string }) => (asked.outcome = error.code),
      )
      await goOn()
      return asked
    }
  }
  t.after(async () => {
    await gate.end()
    await database.drop()
  })
  return { gate, client }
}

/** Statements that come to wait for each other: `a` and `b` in a circle, `x` beside it. Each begins its transaction. */
async function circleOf(client: () => (text: string) => Promise<Asked>) {
  const [idle, x, b, a] = [client(), client(), client(), client()]
  await idle('begin; select pg_advisory_xact_lock(3)')
  await x('begin; select pg_advisory_xact_lock_shared(1)')
  await b('begin; select pg_advisory_xact_lock_shared(1)')
  await a('begin; select pg_advisory_xact_lock(2)')
  const beside = await x('select pg_advisory_xact_lock(3)')
  const first = await a('select pg_advisory_xact_lock(1)')
  const closing = await b('select pg_advisory_xact_lock(2)')
  return { idle, x, a, b, asked: { beside, first, closing } }
}

describe('the gate before the databases', () => {
  test('counts what is committed, also by a SELECT that calls a function or writes', async (t) => {
    const { gate, client } = await openGate(t)
    const ask = client()
    const commitsOf = async (text: string): Promise<number> => {
      const before = gate.commits
      assert.equal((await ask(text)).outcome, 'done')
      return gate.commits - before
    }
    assert.equal(await commitsOf('select count(*) from outbox_state'), 0)
    assert.equal(await commitsOf('select sequence_outbox(10) as count'), 1)
    assert.equal(
      await commitsOf(`with told as (update outbox_state set position = position returning 1) select * from told`),
      1,
    )
    assert.equal(await commitsOf('update outbox_state set position = position'), 1)
    assert.equal(await commitsOf('begin'), 0)
    assert.equal(await commitsOf('select position from outbox_state for update'), 0)
    assert.equal(await commitsOf('select sequence_outbox(10) as count'), 0)
    assert.equal(await commitsOf('commit'), 1)
    assert.equal(await commitsOf('select position from outbox_state for no key update'), 0)
  })

  test('breaks a circle by giving up one of those in it, and nobody who waits beside it', async (t) => {
    const { gate, client } = await openGate(t)
    const { idle, x, asked } = await circleOf(client)
    assert.equal(asked.closing.outcome, '40P01')
    assert.equal(gate.circles.length, 1)
    assert.deepEqual(gate.circles[0]?.map((text) => text.replace(/^\S+ /, '')).toSorted(), [
      'select pg_advisory_xact_lock(1)',
      'select pg_advisory_xact_lock(2)',
    ])
    await idle('commit')
    assert.equal(asked.beside.outcome, 'done')
    await x('commit')
    assert.equal(asked.first.outcome, 'done')
  })

  test('breaks a circle once, however late the server hears of it', async (t) => {
    const late = (monitor: Monitor): Monitor => ({
      ...monitor,
      cancel: async (pid) => void sleep(100).then(() => monitor.cancel(pid)),
    })
    const { gate, client } = await openGate(t, late)
    const { idle, x, b, asked } = await circleOf(client)
    assert.equal(asked.closing.outcome, '40P01')
    assert.equal(gate.circles.length, 1)
    assert.equal((await b('rollback')).outcome, 'done')
    for (const ask of [idle, x]) await ask('commit')
    assert.equal(asked.first.outcome, 'done')
  })

  test('lets a server process go on that had answered already when it was stopped', async (t) => {
    let pid: number | undefined
    const slow = (monitor: Monitor): Monitor => ({
      ...monitor,
      waits: async (pids) => {
        if (pids.length > 1 || pids[0] !== pid) return monitor.waits(pids)
        // As if it had waited when it was looked at; its answer comes while nobody here can hear it.
        pid = undefined
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
        return new Map([[pids[0] as number, [0]]])
      },
    })
    const { gate, client } = await openGate(t, slow)
    const [ask, other] = [client(), client()]
    await ask('select pg_advisory_lock(1)')
    pid = [...gate.connections][0]?.pid
    const waiting = await other('select pg_advisory_lock(1)')
    assert.equal((await ask('select pg_advisory_unlock(1), pg_sleep(0.1)')).outcome, 'done')
    assert.equal(waiting.outcome, 'done')
    assert.equal((await ask('select 1')).outcome, 'done')
  })
})
