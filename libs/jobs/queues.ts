import { type JobWithMetadata, PgBoss } from 'pg-boss'
import { type Outcome, runBisected } from '#libs/batch/bisect.ts'
import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { type Id, newId } from '#libs/ids/ids.ts'
import { decode, encode } from '#libs/json/json.ts'
import { invariant } from '#libs/problem/problem.ts'
import { Loop } from '#libs/service/loop.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import { childTraceparent, currentTrace, newTrace, type TraceContext, withTrace } from '#libs/telemetry/context.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { beginSpan, isRecording, type Span } from '#libs/telemetry/spans.ts'
import { bossDatabase, transactionDatabase } from './boss-database.ts'
import {
  asError,
  type BatchWorker,
  deadLettersOf,
  inBatches,
  type JobOutcome,
  type QueueKind,
  type QueueWorker,
  type WorkItem,
} from './queue.ts'

const SCHEMA = 'jobs'
const POLL_MS = 2_000
const SUPERVISE_MS = 30_000
const DAY_S = 86_400

export interface QueuesOptions {
  database: Pick<Database, 'service' | 'app' | 'transact'>
  keys: KeyProvider
  log: Log
  workers: readonly (QueueWorker | BatchWorker)[]
}

/** Later work of one service: enqueued in its transactions, done in this process or in another of the same service. */
export interface Queues {
  /** Enqueues in the caller's transaction; returns the job's id. Call `nudge` after the commit and it is taken up at once. */
  enqueue<Payload extends object>(tx: Tx, kind: QueueKind<Payload>, payload: Payload): Promise<Id>
  /** Enqueues jobs of a kind by one statement in the caller's transaction; `trace` is theirs where a batch carries many acts. */
  enqueueMany<Payload extends object>(tx: Tx, kind: QueueKind<Payload>, jobs: readonly NewJob<Payload>[]): Promise<void>
  /** Looks for work now instead of at the next poll, in one queue or in all. */
  nudge(kind?: QueueKind<object>): void
  /** Puts dead letters back into their queue; returns how many. */
  redrive(kind: QueueKind<object>): Promise<number>
  /** Finishes the jobs under way and stops. */
  stop(): Promise<void>
}

/** A job to enqueue, of the running act unless it has a trace of its own. */
export interface NewJob<Payload> {
  payload: Payload
  trace?: TraceContext
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
  readonly #service: string
  readonly #log: Log
  readonly #sealer: Sealer
  readonly #known: ReadonlySet<string>
  readonly #loops = new Map<string, Loop>()
  readonly #supervision: Loop

  constructor(boss: PgBoss, { database, keys, log, workers }: QueuesOptions) {
    this.#boss = boss
    this.#service = database.service
    this.#log = log
    this.#sealer = sealer(keys, 'jobs')
    this.#known = new Set(workers.map(({ queue }) => queue.name))
    for (const worker of workers.map(inBatches)) {
      const { name } = worker.queue
      this.#loops.set(name, new Loop(`queue ${name}`, POLL_MS, log, () => this.#takeSome(worker)))
    }
    const supervise = (): Promise<boolean> => boss.supervise().then(() => false)
    this.#supervision = new Loop('queue supervision', SUPERVISE_MS, log, supervise)
    for (const loop of [...this.#loops.values(), this.#supervision]) loop.start()
  }

  async enqueue<Payload extends object>(tx: Tx, kind: QueueKind<Payload>, payload: Payload): Promise<Id> {
    const stored = this.#toStore(kind, { payload })
    await this.#boss.send(kind.name, stored, { id: stored.job_id, db: transactionDatabase(tx) })
    return stored.job_id
  }

  async enqueueMany<Payload extends object>(
    tx: Tx,
    kind: QueueKind<Payload>,
    jobs: readonly NewJob<Payload>[],
  ): Promise<void> {
    if (jobs.length === 0) return
    const stored = jobs.map((job) => this.#toStore(kind, job))
    const rows = stored.map((data) => ({ id: data.job_id, data }))
    await this.#boss.insert(kind.name, rows, { db: transactionDatabase(tx) })
  }

  nudge(kind?: QueueKind<object>): void {
    for (const [name, loop] of this.#loops) if (kind === undefined || kind.name === name) loop.nudge()
  }

  async redrive(kind: QueueKind<object>): Promise<number> {
    const moved = await this.#boss.redrive(deadLettersOf(kind))
    this.nudge(kind)
    return Number(moved)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#loops.values(), this.#supervision].map((loop) => loop.stop()))
    await this.#boss.stop({ graceful: false })
  }

  #toStore<Payload extends object>(
    kind: QueueKind<Payload>,
    { payload, trace = currentTrace() ?? newTrace() }: NewJob<Payload>,
  ): StoredJob {
    invariant(this.#known.has(kind.name), `nobody works on the queue ${kind.name}`)
    const job_id = newId()
    const body = kind.sealed ? { sealed: this.#sealer.seal(encode(payload), placeOf(kind, job_id)) } : { payload }
    return { job_id, trace, ...body }
  }

  /** Takes up to a batch of due jobs and does them; true when there may be more. */
  async #takeSome(worker: BatchWorker): Promise<boolean> {
    const { queue, most } = worker
    const jobs = await this.#boss.fetch<StoredJob>(queue.name, { batchSize: most, includeMetadata: true })
    const outcomes = await this.#work(worker, jobs)
    const done = jobs.filter((job) => outcomes.get(job.id) === undefined)
    if (done.length > 0) await this.#boss.complete(queue.name, idsOf(done))
    const failed = jobs.flatMap((job) => {
      const error = outcomes.get(job.id)
      return error === undefined ? [] : [{ job, error }]
    })
    for (const { job, error } of failed) this.#warn(queue, job, error)
    // The reason is in the log, masked; what is stored with the job must not be able to hold a person's data.
    for (const [name, some] of Map.groupBy(failed, ({ error }) => error.name))
      await this.#boss.fail(queue.name, idsOf(some.map(({ job }) => job)), { failed: name })
    return jobs.length === most
  }

  /** What became of each job, by its id; one whose payload cannot be read has failed, and no worker sees it. */
  async #work({ queue, workBatch }: BatchWorker, jobs: readonly FetchedJob[]): Promise<Map<string, JobOutcome>> {
    const outcomes = new Map<string, JobOutcome>()
    const items: Ready[] = []
    for (const job of jobs) {
      try {
        const span = this.#spanOf(queue, job)
        items.push({ id: job.id, span, item: this.#itemOf(queue, job, span?.trace) })
      } catch (error) {
        outcomes.set(job.id, asError(error))
      }
    }
    const [first] = items
    if (first === undefined) return outcomes
    const decide = async (some: readonly Ready[]): Promise<readonly JobOutcome[]> => {
      const answers = await workBatch(some.map(({ item }) => item))
      invariant(answers.length === some.length, `the worker of ${queue.name} answers for each job`)
      return answers
    }
    // A batch carries many acts; what is logged around it belongs to the first, what it publishes names its own.
    const fates = await withTrace(first.item.trace, () => runBisected(items, decide, () => true))
    for (const [i, { id, span }] of items.entries()) {
      const outcome = outcomeOf(fates[i])
      outcomes.set(id, outcome)
      if (outcome === undefined) span?.end()
      else span?.fail(outcome)
    }
    return outcomes
  }

  #itemOf(
    kind: QueueKind<object>,
    { data, retryCount }: FetchedJob,
    trace: TraceContext = stepOf(data.trace),
  ): WorkItem<never> {
    const payload = this.#opened(kind, data) as never
    return { job_id: data.job_id, payload, attempt: retryCount + 1, trace }
  }

  /** A job is a message to its own service, whose work stands in the trace of who sent it. */
  #spanOf({ name }: QueueKind<object>, { data, retryCount }: FetchedJob): Span | undefined {
    if (!isRecording()) return undefined
    const attributes = {
      'messaging.system': 'pg_boss',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': name,
      'messaging.message.id': data.job_id,
      'bankflow.attempt': retryCount + 1,
    }
    return beginSpan(`process ${name}`, { service: this.#service, kind: 'consumer', attributes, parent: data.trace })
  }

  #warn({ name }: QueueKind<object>, { data, retryCount, retryLimit }: FetchedJob, error: Error): void {
    const about = { queue: name, job_id: data.job_id, attempt: retryCount + 1, dead: retryCount >= retryLimit }
    withTrace(stepOf(data.trace), () => this.#log.warn({ error, ...about }, 'a job failed'))
  }

  #opened(kind: QueueKind<object>, { job_id, sealed, payload }: StoredJob): unknown {
    return sealed === undefined ? payload : decode(this.#sealer.open(sealed, placeOf(kind, job_id)))
  }
}

type FetchedJob = JobWithMetadata<StoredJob>

/** A job whose payload could be read. */
interface Ready {
  id: string
  span: Span | undefined
  item: WorkItem<never>
}

function idsOf(jobs: readonly FetchedJob[]): string[] {
  return jobs.map(({ id }) => id)
}

function stepOf(trace: TraceContext): TraceContext {
  return { ...trace, traceparent: childTraceparent(trace.traceparent) }
}

function outcomeOf(fate: Outcome<JobOutcome> | undefined): JobOutcome {
  if (fate === undefined) return new Error('no word of a job')
  return 'error' in fate ? asError(fate.error) : fate.verdict
}

function placeOf(kind: QueueKind<object>, job_id: Id): string {
  return `${kind.name}/${job_id}`
}
