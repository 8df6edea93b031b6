import { type EventMessage, type NewEvent, schemaUriOf } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { invariant, type ProblemPointer } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { childTraceparent, currentTrace, type TraceContext } from '#libs/telemetry/context.ts'

/** Writes one event in the operation's transaction: it exists if, and only if, the operation's other rows do. */
export function publish(tx: Tx, event: NewEvent): Promise<void> {
  return publishAll(tx, [event])
}

/** Writes events set-based. Data that breaks its contract is our bug: an assertion, and the transaction rolls back. */
export async function publishAll(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const time = new Date().toISOString()
  const running = currentTrace()
  const spans = new Map<TraceContext, string>()
  const rows = events.map(({ kind, data, trace = running }): EventRow => {
    const wrong = kind.shape.errorsInside(data)
    invariant(wrong.length === 0, `event ${kind.type} breaks its contract: ${inWords(wrong)}`)
    invariant(trace !== undefined, `event ${kind.type} belongs to no act`)
    const record = data as Record<string, unknown>
    return {
      id: newId(),
      type: kind.type,
      subject: String(record[kind.subject]),
      partitionkey: String(record[kind.partitionKey]),
      dataschema: schemaUriOf(kind),
      correlationid: trace.correlation_id,
      traceparent: spanOf(trace, spans),
      data: encode(data),
    }
  })
  const column = (name: keyof EventRow): string => textArray(rows.map((row) => row[name]))
  await tx`
    insert into outbox (id, type, subject, partitionkey, time, dataschema, correlationid, traceparent, data)
    select id, type, subject, partitionkey, ${time}::timestamptz, dataschema, correlationid, traceparent, data::json
    from unnest(${column('id')}::uuid[], ${column('type')}::text[], ${column('subject')}::text[], ${column('partitionkey')}::text[],
      ${column('dataschema')}::text[], ${column('correlationid')}::text[], ${column('traceparent')}::text[], ${column('data')}::text[])
      as event (id, type, subject, partitionkey, dataschema, correlationid, traceparent, data)`
}

interface EventRow {
  id: string
  type: string
  subject: string
  partitionkey: string
  dataschema: string
  correlationid: string
  traceparent: string
  data: string
}

/** Publishing is one span of each act, however many events the act has. */
function spanOf(trace: TraceContext, spans: Map<TraceContext, string>): string {
  const known = spans.get(trace)
  if (known !== undefined) return known
  const span = childTraceparent(trace.traceparent)
  spans.set(trace, span)
  return span
}

function inWords(wrong: readonly ProblemPointer[]): string {
  return wrong.map(({ pointer, detail }) => `${pointer} ${detail}`).join(', ')
}

/** The trace of an event, to hand on to what it causes. */
export function traceOf(event: EventMessage): { correlation_id: string; traceparent: string } {
  return { correlation_id: event.correlationid, traceparent: event.traceparent }
}
