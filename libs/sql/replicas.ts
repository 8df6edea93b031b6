import type postgres from 'postgres'

type Sql = postgres.Sql<{ bigint: bigint }>

/** One replica that may answer reads. */
export interface ReplicaPool {
  name: string
  sql: Sql
}

export interface ReplicasOptions {
  replicas: readonly ReplicaPool[]
  /** A pool of the primary, which tells how far its log is. */
  primary: Sql
  /** A replica that is further behind (ms) answers nothing. */
  max_lag_ms: number
}

const LOOK_EVERY_MS = 250
/** Marks of the last minute are enough: nobody may lag longer than that. */
const MARKS_KEPT = 240

/** Where the primary's log was, no later than `at_ms`. */
interface Mark {
  at_ms: number
  lsn: bigint
}

/**
 * Replicas of one database and how far each lags. The lag is measured by the log itself: what the primary had at some moment, and when a replica had
 * replayed as much. So no two clocks are compared, an idle bank's replica does not seem to lag, and one that has lost its primary soon does.
 */
export class Replicas {
  readonly #options: ReplicasOptions
  readonly #freshAs = new Map<ReplicaPool, number>()
  readonly #timer: NodeJS.Timeout
  #marks: Mark[] = []
  readonly #asked = new Map<Sql, Promise<void>>()
  #turn = 0

  constructor(options: ReplicasOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
    this.#look()
  }

  /** A replica that lags no more than it may, each in turn; undefined where there is none at the moment. */
  pick(nowMs: number = performance.now()): Sql | undefined {
    const { replicas, max_lag_ms } = this.#options
    for (let tried = 0; tried < replicas.length; tried++) {
      this.#turn = (this.#turn + 1) % replicas.length
      const replica = replicas[this.#turn] as ReplicaPool
      if (nowMs - (this.#freshAs.get(replica) ?? Number.NEGATIVE_INFINITY) <= max_lag_ms) return replica.sql
    }
    return undefined
  }

  /** How far each lags (ms, by name), for metrics; Infinity where nothing is known. */
  lags(nowMs: number = performance.now()): Map<string, number> {
    const { replicas } = this.#options
    return new Map(replicas.map((one) => [one.name, nowMs - (this.#freshAs.get(one) ?? Number.NEGATIVE_INFINITY)]))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#options.replicas.map(({ sql }) => sql.end({ timeout: 5 })))
    await Promise.all(this.#asked.values())
  }

  /** Each by itself: one that does not answer says nothing about the others. */
  #look(): void {
    const { primary, replicas } = this.#options
    this.#askOnce(primary, () => this.#mark(primary))
    for (const replica of replicas) this.#askOnce(replica.sql, () => this.#lookAt(replica))
  }

  #askOnce(sql: Sql, ask: () => Promise<void>): void {
    if (this.#asked.has(sql)) return
    const answered = ask()
      .catch(() => {})
      .finally(() => this.#asked.delete(sql))
    this.#asked.set(sql, answered)
  }

  async #mark(primary: Sql): Promise<void> {
    const at_ms = performance.now()
    const [row] = await primary<{ lsn: bigint }[]>`select (pg_current_wal_lsn() - '0/0')::int8 as lsn`
    if (row !== undefined) this.#marks = [...this.#marks.slice(-MARKS_KEPT), { at_ms, lsn: row.lsn }]
  }

  /** One that is no replica now, or receives nothing, is as of no known time. */
  async #lookAt(replica: ReplicaPool): Promise<void> {
    const [row] = await replica.sql<{ lsn: bigint | null }[]>`
      select (pg_last_wal_replay_lsn() - '0/0')::int8 as lsn
      where pg_is_in_recovery() and exists (select from pg_stat_wal_receiver)`
    const lsn = row?.lsn ?? -1n
    const mark = this.#marks.findLast((one) => one.lsn <= lsn)
    if (mark !== undefined) this.#freshAs.set(replica, mark.at_ms)
  }
}
