import { type TraceContext, withTrace } from '#libs/telemetry/context.ts'

/** A kind of later work: what its payload is, whether it is sealed at rest, and how it is tried again. */
export interface QueueKind<Payload extends object> {
  kind: 'queue'
  name: string
  /** True when the payload concerns people or holds a secret: the database then only ever sees ciphertext. */
  sealed: boolean
  /** How often it is tried again after a failure, each time after about twice the wait, before it goes to the dead letters. */
  retries: number
  /** Seconds before the first retry. */
  retryDelayS: number
  /** Seconds after which a job that was begun counts as lost (its process died) and is tried again. */
  expireS: number
  /** Never set; carries the type of the payload. */
  payload?: Payload
}

interface QueueRow {
  name: string
  sealed: boolean
  retries?: number
  retryDelayS?: number
  expireS?: number
}

/** Declares a queue; RangeError for a name that pg-boss would not take. */
export function queue<Payload extends object>(row: QueueRow): QueueKind<Payload> {
  if (!/^[a-z][a-z0-9-]{0,99}$/.test(row.name)) throw new RangeError(`${row.name} is no name of a queue`)
  return { kind: 'queue', retries: 8, retryDelayS: 2, expireS: 60, ...row }
}

/** The queue that jobs go to when every try has failed. */
export function deadLettersOf(kind: { name: string }): string {
  return `${kind.name}-dead`
}

/** One job for its worker. Its work may run again after a crash, so it must be the same done twice; `job_id` stays the same. */
export interface WorkItem<Payload> {
  job_id: string
  payload: Payload
  /** 1 at the first try. */
  attempt: number
  /** The trace that enqueued it, one step on: what its work logs and publishes belongs to that act. */
  trace: TraceContext
}

/** What became of a job: undefined when it is done, an error for "again later". */
export type JobOutcome = Error | undefined

/** Who does the work of a queue, job by job. A thrown error means "again later". */
export interface QueueWorker {
  queue: QueueKind<object>
  work(item: WorkItem<never>): Promise<void>
}

/**
 * Who does the work of a queue for many jobs together; answers what became of each, in their order. When it throws, the batch is done again
 * in halves, down to single jobs, so that one that cannot be done fails alone.
 */
export interface BatchWorker {
  queue: QueueKind<object>
  /** Jobs taken up at a time, at most. All of them must be done well within the queue's `expireS`. */
  most: number
  workBatch(items: readonly WorkItem<never>[]): Promise<readonly JobOutcome[]>
}

/** Binds a queue to the function that does its work. */
export function workerOf<Payload extends object>(
  kind: QueueKind<Payload>,
  work: (item: WorkItem<Payload>) => Promise<void>,
): QueueWorker {
  return { queue: kind, work }
}

/** Binds a queue to the function that does up to `most` of its jobs together. */
export function batchWorkerOf<Payload extends object>(
  kind: QueueKind<Payload>,
  { most }: { most: number },
  workBatch: (items: readonly WorkItem<Payload>[]) => Promise<readonly JobOutcome[]>,
): BatchWorker {
  return { queue: kind, most, workBatch }
}

/** A worker for single jobs as one for a few at once, each in its own trace. */
export function inBatches(worker: QueueWorker | BatchWorker): BatchWorker {
  if ('workBatch' in worker) return worker
  const outcomeOf = (item: WorkItem<never>): Promise<JobOutcome> =>
    withTrace(item.trace, async () => {
      try {
        await worker.work(item)
        return undefined
      } catch (error) {
        return asError(error)
      }
    })
  return {
    queue: worker.queue,
    most: MOST_AT_ONCE,
    workBatch: (items) => Promise.all(items.map(outcomeOf)),
  }
}

const MOST_AT_ONCE = 10

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('something that is no error was thrown')
}
