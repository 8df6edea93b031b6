/** One line of the table. CPU is microseconds per transfer. */
export interface Figure {
  name: string
  clients: number
  isHot: boolean
  per_second: number
  p50_ms: number
  p99_ms: number
  /** Of this process, in which the ledger is; NaN where the ledger has no part. */
  app_us: number
  /** Of PostgreSQL with all its backends. */
  database_us: number
  /** 1 minute, at the end of the case. */
  load_average: number
  /** Share of the machine that went to none of ours: application, database, generator of load. */
  others: number
  note: string
}

/** What a case did. */
export interface Work {
  done: number
  seconds: number
  p50_ms: number
  p99_ms: number
  note?: string
}
