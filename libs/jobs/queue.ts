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
}

/** Who does the work of a queue. A thrown error means "again later". */
export interface QueueWorker {
  queue: QueueKind<object>
  work(item: WorkItem<never>): Promise<void>
}

/** Binds a queue to the function that does its work. */
export function workerOf<Payload extends object>(
  kind: QueueKind<Payload>,
  work: (item: WorkItem<Payload>) => Promise<void>,
): QueueWorker {
  return { queue: kind, work }
}
