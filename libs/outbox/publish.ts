import { type EventMessage, type NewEvent, schemaUriOf } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { childTraceparent, currentTrace } from '#libs/telemetry/context.ts'

const TYPE_PREFIX = 'com.bankflow.'

/** Writes one event in the operation's transaction: it exists if, and only if, the operation's other rows do. */
export function publish(tx: Tx, event: NewEvent): Promise<void> {
  return publishAll(tx, [event])
}

/** Writes events set-based. Data that breaks its contract is our bug: an assertion, and the transaction rolls back. */
export async function publishAll(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const time = new Date().toISOString()
  const rows = {
    ids: [],
    types: [],
    subjects: [],
    keys: [],
    schemas: [],
    correlations: [],
    traces: [],
    data: [],
  } as Record<string, string[]>
  const running = currentTrace()
  for (const { kind, data, trace = running } of events) {
    const wrong = kind.shape.errorsInside(data)
    invariant(
      wrong.length === 0,
      `event ${kind.type} breaks its contract: ${wrong.map((w) => `${w.pointer} ${w.detail}`).join(', ')}`,
    )
    invariant(trace !== undefined, `event ${kind.type} belongs to no act`)
    const record = data as Record<string, unknown>
    rows.ids?.push(newId())
    rows.types?.push(kind.type)
    rows.subjects?.push(String(record[kind.subject]))
    rows.keys?.push(String(record[kind.partitionKey]))
    rows.schemas?.push(schemaUriOf(kind))
    rows.correlations?.push(trace.correlation_id)
    rows.traces?.push(childTraceparent(trace.traceparent))
    rows.data?.push(encode(data))
  }
  await tx`
    insert into outbox (id, type, subject, partitionkey, time, dataschema, correlationid, traceparent, data)
    select id, type, subject, partitionkey, ${time}::timestamptz, dataschema, correlationid, traceparent, data::json
    from unnest(${rows.ids as string[]}::uuid[], ${rows.types as string[]}::text[], ${rows.subjects as string[]}::text[],
      ${rows.keys as string[]}::text[], ${rows.schemas as string[]}::text[], ${rows.correlations as string[]}::text[],
      ${rows.traces as string[]}::text[], ${rows.data as string[]}::text[])
      as event (id, type, subject, partitionkey, dataschema, correlationid, traceparent, data)`
}

/** The trace of an event, to hand on to what it causes. */
export function traceOf(event: EventMessage): { correlation_id: string; traceparent: string } {
  return { correlation_id: event.correlationid, traceparent: event.traceparent }
}

/** The name of an event type as other systems see it (CloudEvents `type`). */
export function publicType(type: string): string {
  return TYPE_PREFIX + type
}
