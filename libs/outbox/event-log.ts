import type { EventMessage } from '#libs/contract/event.ts'
import type { Sql } from '#libs/sql/database.ts'

/** A place in a producer's events: epochs follow restores, positions rise within one. */
export interface Position {
  epoch: number
  position: bigint
}

export interface LogPage {
  events: (EventMessage & { position: bigint })[]
  /** The last position looked at, whether or not its type was asked for. */
  upTo: Position
  /** True when more were waiting at the time of reading. */
  more: boolean
}

/** A producer's events as its subscribers see them, in this process or over HTTP. */
export interface EventLog {
  producer: string
  read(after: Position, limit: number, types: readonly string[]): Promise<LogPage>
  /** Calls back after new events got their position; the call that stops it is returned. May also call back for nothing. */
  onAppended(listener: () => void): () => void
}

interface LogRow {
  id: string
  epoch: number
  position: bigint
  type: string
  subject: string
  partitionkey: string
  time: Date
  dataschema: string
  correlationid: string
  traceparent: string
  data: unknown
}

/** Reads the outbox of a producer in order of position; events of other types only move the position. */
export async function readOutbox(
  sql: Sql,
  producer: string,
  after: Position,
  limit: number,
  types: readonly string[],
): Promise<LogPage> {
  const rows = await sql<LogRow[]>`
    select id, epoch, position, type, subject, partitionkey, time, dataschema, correlationid, traceparent,
      case when type = any(${types as string[]}) then data end as data
    from outbox
    where position is not null and (epoch, position) > (${after.epoch}::int, ${after.position})
    order by epoch, position limit ${limit}`
  // A page ends where an epoch does, so that its position says where all of its events stand.
  const page = rows.filter((row) => row.epoch === rows[0]?.epoch)
  const last = page.at(-1)
  return {
    events: page.flatMap(({ epoch: _, ...row }) => (row.data === null ? [] : [{ ...row, source: producer }])),
    upTo: last === undefined ? after : { epoch: last.epoch, position: last.position },
    more: rows.length === limit || page.length < rows.length,
  }
}
