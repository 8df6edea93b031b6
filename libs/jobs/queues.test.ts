import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { type Database, openDatabase } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { currentTrace, newTrace, withTrace } from '#libs/telemetry/context.ts'
import { createLog, type Log } from '#libs/telemetry/log.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type BatchWorker, batchWorkerOf, type QueueWorker, queue, type WorkItem, workerOf } from './queue.ts'
import { type Queues, startQueues } from './queues.ts'

interface Note {
  text: string
}
const notes = queue<Note>({ name: 'test-notes', sealed: false, retries: 1, retryDelayS: 1 })
const secrets = queue<Note>({ name: 'test-secrets', sealed: true })

const secrets1 = queue<Note>({ name: 'test-secrets-once', sealed: true, retries: 0 })

interface Seen {
  text: string
  correlation_id: string
}

const byText = (a: Seen, b: Seen): number => (a.text < b.text ? -1 : 1)

function jobsOf(...texts: string[]): { payload: Note }[] {
  return texts.map((text) => ({ payload: { text } }))
}

async function stateOf(database: Database): Promise<Record<string, number>> {
  const rows = await database.app<{ state: string; count: number }[]>`
    select state::text, count(*)::int from jobs.job_common group by state`
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

async function openQueues(t: TestContext, workers: readonly (QueueWorker | BatchWorker)[], given?: Log) {
  const files = await migrationsIn([
    join(import.meta.dirname, '../sql/migrations'),
    join(import.meta.dirname, 'migrations'),
  ])
  const stored = await createTestDatabase('jobs', files)
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-jobs-'))
  const database = openDatabase({
    service: 'jobs',
    app: stored.as('app'),
    reader: stored.as('reader'),
    appConnections: 2,
    readerConnections: 1,
  })
  const keys = localKeyProvider({ file: join(folder, 'master.key'), create: true })
  const log = given ?? createLog({ service: 'jobs', level: (process.env.BANKFLOW_TEST_LOG ?? 'silent') as 'silent' })
  const start = (): Promise<Queues> => startQueues({ database, keys, log, workers })
  const queues = await start()
  let running = queues
  t.after(async () => {
    await running.stop()
    await database.close()
    await stored.drop()
    await rm(folder, { recursive: true, force: true })
  })
  const restart = async (): Promise<void> => {
    await running.stop()
    running = await start()
  }
  return { queues, database, restart }
}

describe('queues over our own pool, without a right to create anything', () => {
  test('a job is done once its transaction commits, in the trace that enqueued it, and never when it rolls back', async (t) => {
    const seen: unknown[] = []
    const worker = workerOf(notes, async ({ job_id, payload, attempt }) => {
      seen.push({ job_id, payload, attempt, correlation_id: currentTrace()?.correlation_id })
    })
    const { queues, database } = await openQueues(t, [worker])
    const undone = database.transact(async (tx) => {
      await queues.enqueue(tx, notes, { text: 'undone' })
      throw new Error('rolled back')
    })
    await assert.rejects(undone, /rolled back/)
    const trace = newTrace()
    const text = `{"looks": 'like' \\ JSON}`
    const job_id = await withTrace(trace, () => database.transact((tx) => queues.enqueue(tx, notes, { text })))
    queues.nudge()
    await eventually(() => seen.length > 0)
    assert.deepEqual(seen, [{ job_id, payload: { text }, attempt: 1, correlation_id: trace.correlation_id }])
    const [row] = await eventually(async () => {
      const rows = await database.app<{ state: string }[]>`select state::text from jobs.job_common`
      assert.equal(rows[0]?.state, 'completed')
      return rows
    })
    assert.equal(row?.state, 'completed')
  })

  test('a sealed payload is ciphertext in the database and plain for its worker', async (t) => {
    const seen: Note[] = []
    const worker = workerOf(secrets, async ({ payload }) => void seen.push(payload))
    const { queues, database } = await openQueues(t, [worker])
    await database.transact((tx) => queues.enqueue(tx, secrets, { text: 'the code is 123456' }))
    queues.nudge()
    await eventually(() => seen.length > 0)
    assert.deepEqual(seen, [{ text: 'the code is 123456' }])
    const rows = await database.app<{ data: object }[]>`select data from jobs.job_common`
    assert.equal(rows.length, 1)
    assert.doesNotMatch(JSON.stringify(rows), /123456|the code/)
  })

  test('what keeps failing is tried again, becomes a dead letter, and is done when it is put back', async (t) => {
    let broken = true
    const attempts: { job_id: string; attempt: number }[] = []
    const worker = workerOf(notes, async ({ job_id, attempt, payload }) => {
      attempts.push({ job_id, attempt })
      if (broken) throw new Error(`cannot do ${payload.text}`)
    })
    const { queues, database } = await openQueues(t, [worker])
    const job_id = await database.transact((tx) => queues.enqueue(tx, notes, { text: 'this' }))
    queues.nudge()
    const deadOnes = () => database.app`select output from jobs.job_common where name = 'test-notes-dead'`
    await eventually(async () => (await deadOnes()).length === 1, 20_000)
    assert.deepEqual(attempts, [
      { job_id, attempt: 1 },
      { job_id, attempt: 2 },
    ])
    assert.doesNotMatch(JSON.stringify(await deadOnes()), /cannot do/, 'the reason could quote the payload')
    broken = false
    assert.equal(await queues.redrive(notes), 1)
    await eventually(() => attempts.length === 3)
    assert.deepEqual(attempts.at(-1), { job_id, attempt: 1 })
  })

  test('jobs enqueued at once on a small pool are each done once, and a queue without worker is refused', async (t) => {
    const seen: string[] = []
    const worker = workerOf(notes, async ({ payload }) => void seen.push(payload.text))
    const { queues, database } = await openQueues(t, [worker])
    const texts = Array.from({ length: 25 }, (_, i) => `note ${i}`)
    await Promise.all(texts.map((text) => database.transact((tx) => queues.enqueue(tx, notes, { text }))))
    queues.nudge()
    await eventually(() => seen.length >= 25)
    assert.deepEqual(seen.toSorted(), texts.toSorted())
    const stray = database.transact((tx) => queues.enqueue(tx, secrets, { text: 'x' }))
    await assert.rejects(stray, /nobody works on the queue test-secrets/)
  })

  test('many jobs are enqueued together, each in its own trace, and none when the transaction rolls back', async (t) => {
    const seen: Seen[] = []
    const worker = batchWorkerOf(secrets, { most: 4 }, async (items) => {
      for (const { payload, trace } of items) seen.push({ text: payload.text, correlation_id: trace.correlation_id })
      return items.map(() => undefined)
    })
    const { queues, database } = await openQueues(t, [worker])
    const jobs = Array.from({ length: 9 }, (_, i) => ({ payload: { text: `plain ${i}` }, trace: newTrace() }))
    const undone = database.transact(async (tx) => {
      await queues.enqueueMany(tx, secrets, jobs)
      throw new Error('rolled back')
    })
    await assert.rejects(undone, /rolled back/)
    await database.transact((tx) => queues.enqueueMany(tx, secrets, jobs))
    const rows = await database.app`select data from jobs.job_common`
    assert.equal(rows.length, 9)
    assert.doesNotMatch(JSON.stringify(rows), /plain/)
    queues.nudge(secrets)
    await eventually(() => seen.length === 9)
    const expected = jobs.map(({ payload, trace }) => ({ ...payload, correlation_id: trace.correlation_id }))
    assert.deepEqual(seen.toSorted(byText), expected.toSorted(byText))
    await eventually(async () => (await stateOf(database)).completed === 9)
  })

  test('of a batch only what failed is tried again, after its pause', async (t) => {
    const attempts: string[] = []
    const work = async (items: readonly WorkItem<Note>[]): Promise<(Error | undefined)[]> => {
      attempts.push(...items.map(({ payload, attempt }) => `${payload.text} ${attempt}`))
      return items.map(({ payload, attempt }) =>
        payload.text === 'b' && attempt === 1 ? new TypeError('planted') : undefined,
      )
    }
    const { queues, database } = await openQueues(t, [batchWorkerOf(notes, { most: 10 }, work)])
    await database.transact((tx) => queues.enqueueMany(tx, notes, jobsOf('a', 'b', 'c')))
    queues.nudge()
    await eventually(async () => {
      const rows = await database.app`select output from jobs.job_common where state = 'retry'`
      assert.deepEqual(
        rows.map(({ output }) => output),
        [{ failed: 'TypeError' }],
      )
    })
    await eventually(async () => (await stateOf(database)).completed === 3, 20_000)
    assert.deepEqual(attempts.toSorted(), ['a 1', 'b 1', 'b 2', 'c 1'])
  })

  test('what breaks its whole batch, or cannot be read, fails alone and becomes a dead letter; the others are done', async (t) => {
    const done: string[] = []
    const worker = batchWorkerOf(secrets1, { most: 10 }, async (items) => {
      if (items.some(({ payload }) => payload.text === 'poison')) throw new Error('the batch broke')
      done.push(...items.map(({ payload, attempt }) => `${payload.text} ${attempt}`))
      return items.map(() => undefined)
    })
    const { queues, database } = await openQueues(t, [worker])
    await database.transact(async (tx) => {
      await queues.enqueueMany(tx, secrets1, jobsOf('a', 'poison', 'b', 'c', 'd'))
      const unread = await queues.enqueue(tx, secrets1, { text: 'unread' })
      await tx`
        update jobs.job_common set data = jsonb_set(data, '{sealed}', '"broken"') where id = ${unread}`
    })
    queues.nudge()
    const dead = () => database.app`select 1 from jobs.job_common where name = 'test-secrets-once-dead'`
    await eventually(async () => (await dead()).length === 2, 20_000)
    assert.deepEqual(done.toSorted(), ['a 1', 'b 1', 'c 1', 'd 1'])
  })

  test('a job whose process died is tried again by the next process', async (t) => {
    const seen: number[] = []
    const worker = workerOf(notes, async ({ attempt }) => void seen.push(attempt))
    const { queues, database, restart } = await openQueues(t, [worker])
    await database.transact(async (tx) => {
      const job_id = await queues.enqueue(tx, notes, { text: 'lost' })
      await tx`update jobs.job_common set state = 'active', started_on = now() - interval '1 hour' where id = ${job_id}`
      await tx`update jobs.queue set monitor_claim_on = null`
    })
    await restart()
    await eventually(() => seen.length > 0)
    assert.deepEqual(seen, [2])
  })

  test('a pass of supervision does all its work without an error', async (t) => {
    const log = createLog({ service: 'jobs', level: 'silent' })
    const warned = t.mock.method(log, 'warn', () => {})
    const { database, restart } = await openQueues(t, [workerOf(notes, async () => {})], log)
    await eventually(async () => {
      const [row] = await database.app`
        select bool_and(monitor_on is not null and maintain_on is not null) as done from jobs.queue`
      assert.equal(row?.done, true)
    })
    // Stopping waits for the end of the pass.
    await restart()
    assert.deepEqual(
      warned.mock.calls.map((call) => call.arguments),
      [],
    )
  })
})
