import { PgBoss } from 'pg-boss'
import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { type Id, newId } from '#libs/ids/ids.ts'
import { decode, encode } from '#libs/json/json.ts'
import { invariant } from '#libs/problem/problem.ts'
import { Loop } from '#libs/service/loop.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import { childTraceparent, currentTrace, newTrace, type TraceContext, withTrace } from '#libs/telemetry/context.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { bossDatabase, transactionDatabase } from './boss-database.ts'
import { deadLettersOf, type QueueKind, type QueueWorker } from './queue.ts'

const SCHEMA = 'jobs'
const POLL_MS = 2_000
const SUPERVISE_MS = 30_000
const BATCH = 10
const DAY_S = 86_400

export interface QueuesOptions {
  database: Pick<Database, 'app' | 'transact'>
  keys: KeyProvider
  log: Log
  workers: readonly QueueWorker[]
}

/** Later work of one service: enqueued in its transactions, done in this process or in another of the same service. */
export interface Queues {
  /** Enqueues in the caller's transaction; returns the job's id. Call `nudge` after the commit and it is taken up at once. */
  enqueue<Payload extends object>(tx: Tx, kind: QueueKind<Payload>, payload: Payload): Promise<Id>
  /** Looks for work now instead of at the next poll. */
  nudge(): void
  /** Puts dead letters back into their queue; returns how many. */
  redrive(kind: QueueKind<object>): Promise<number>
  /** Finishes the jobs under way and stops. */
  stop(): Promise<void>
}

/** What is stored of a job. `job_id` stays when a job is retried, dies and is put back; it is part of what seals the payload. */
interface StoredJob {
  job_id: Id
  trace: TraceContext
  sealed?: string
  payload?: object
}

/** Opens the queues of the workers over the service's pool and starts working. The schema comes from this folder's migration. */
export async function startQueues(options: QueuesOptions): Promise<Queues> {
  const boss = new PgBoss({
    db: bossDatabase(options.database),
    schema: SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    // Supervision runs in a loop of ours, which ends with the service and logs what fails.
    supervise: false,
    monitorIntervalSeconds: SUPERVISE_MS / 1000,
    monitorVacuum: false,
    reindex: false,
  })
  boss.on('error', (error) => options.log.warn({ error }, 'the job queue failed and goes on'))
  await boss.start()
  for (const { queue } of options.workers) await ensureQueue(boss, queue)
  return new RunningQueues(boss, options)
}

async function ensureQueue(boss: PgBoss, kind: QueueKind<object>): Promise<void> {
  const dead = deadLettersOf(kind)
  const kept = { retentionSeconds: 14 * DAY_S, deleteAfterSeconds: DAY_S }
  const tries = { retryLimit: kind.retries, retryDelay: kind.retryDelayS, retryBackoff: true, retryDelayMax: 3_600 }
  await boss.createQueue(dead, { ...kept })
  const options = { ...kept, ...tries, expireInSeconds: kind.expireS, deadLetter: dead }
  await boss.createQueue(kind.name, options)
  await boss.updateQueue(kind.name, options)
  // Looking once fills pg-boss's memory of the queue, so that enqueueing never needs a second connection.
  await boss.findJobs(kind.name, { id: newId() })
}

class RunningQueues implements Queues {
  readonly #boss: PgBoss
  readonly #log: Log
  readonly #sealer: Sealer
  readonly #known: ReadonlySet<string>
  readonly #loops: Loop[]

  constructor(boss: PgBoss, { keys, log, workers }: QueuesOptions) {
    this.#boss = boss
    this.#log = log
    this.#sealer = sealer(keys, 'jobs')
    this.#known = new Set(workers.map(({ queue }) => queue.name))
    this.#loops = workers.map(
      (worker) => new Loop(`queue ${worker.queue.name}`, POLL_MS, log, () => this.#takeSome(worker)),
    )
    const supervise = (): Promise<boolean> => boss.supervise().then(() => false)
    this.#loops.push(new Loop('queue supervision', SUPERVISE_MS, log, supervise))
    for (const loop of this.#loops) loop.start()
  }

  async enqueue<Payload extends object>(tx: Tx, kind: QueueKind<Payload>, payload: Payload): Promise<Id> {
    invariant(this.#known.has(kind.name), `nobody works on the queue ${kind.name}`)
    const job_id = newId()
    const body = kind.sealed ? { sealed: this.#sealer.seal(encode(payload), placeOf(kind, job_id)) } : { payload }
    const stored: StoredJob = { job_id, trace: currentTrace() ?? newTrace(), ...body }
    await this.#boss.send(kind.name, stored, { id: job_id, db: transactionDatabase(tx) })
    return job_id
  }

  nudge(): void {
    for (const loop of this.#loops.slice(0, -1)) loop.nudge()
  }

  async redrive(kind: QueueKind<object>): Promise<number> {
    const moved = await this.#boss.redrive(deadLettersOf(kind))
    this.nudge()
    return Number(moved)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
    await this.#boss.stop({ graceful: false })
  }

  /** Takes up to a batch of due jobs and does them; true when there may be more. */
  async #takeSome(worker: QueueWorker): Promise<boolean> {
    const { name } = worker.queue
    const jobs = await this.#boss.fetch<StoredJob>(name, { batchSize: BATCH, includeMetadata: true })
    await Promise.all(jobs.map((job) => this.#do(worker, job)))
    return jobs.length === BATCH
  }

  async #do(
    { queue, work }: QueueWorker,
    job: { id: string; data: StoredJob; retryCount: number; retryLimit: number },
  ): Promise<void> {
    const { job_id, trace } = job.data
    const child = { ...trace, traceparent: childTraceparent(trace.traceparent) }
    await withTrace(child, async () => {
      try {
        const payload = this.#opened(queue, job.data) as never
        await work({ job_id, payload, attempt: job.retryCount + 1 })
      } catch (error) {
        const dead = job.retryCount >= job.retryLimit
        this.#log.warn({ error, queue: queue.name, job_id, attempt: job.retryCount + 1, dead }, 'a job failed')
        // The reason is in the log, masked; what is stored with the job must not be able to hold a person's data.
        await this.#boss.fail(queue.name, job.id, { failed: error instanceof Error ? error.name : 'unknown' })
        return
      }
      await this.#boss.complete(queue.name, job.id)
    })
  }

  #opened(kind: QueueKind<object>, { job_id, sealed, payload }: StoredJob): unknown {
    return sealed === undefined ? payload : decode(this.#sealer.open(sealed, placeOf(kind, job_id)))
  }
}

function placeOf(kind: QueueKind<object>, job_id: Id): string {
  return `${kind.name}/${job_id}`
}
