import type { Static, TSchema } from 'typebox'
import { type Shape, shapeOf } from './schema.ts'

interface EventRow<D extends TSchema> {
  /** Past tense, without the platform's prefix: `transaction.completed`. */
  type: string
  topic: string
  source: string
  /** Grows only compatibly; a reader must tolerate fields it does not know. */
  version?: number
  data: D
  /** The field of `data` whose events must stay in order: an account or customer id. */
  partitionKey: string
  /** The field of `data` that the event is about. */
  subject: string
}

export interface EventKind<D extends TSchema = TSchema> extends Required<EventRow<D>> {
  kind: 'event'
  shape: Shape<Static<D>>
}

/** A fact on its way: CloudEvents 1.0 fields as they are stored, `data` with money as bigint. */
export interface EventMessage<Data = unknown> {
  id: string
  type: string
  source: string
  subject: string
  time: Date
  dataschema: string
  data: Data
  partitionkey: string
  correlationid: string
  traceparent: string
}

/** What a producer hands to `publish`: the envelope is made there. */
export interface NewEvent<Data = unknown> {
  kind: EventKind
  data: Data
  /** When the event belongs to another act than the running one (a batch carries many callers). */
  trace?: { correlation_id: string; traceparent: string }
}

export type DataOf<Kind extends EventKind> = Static<Kind['data']>

/** Declares an event family member: its type, topic, data and key. */
export function event<D extends TSchema>(row: EventRow<D>): EventKind<D> {
  return { kind: 'event', version: 1, ...row, shape: shapeOf(row.data) }
}

/** A new event of a kind; `trace` when it belongs to another act than the running one. */
export function occurred<Kind extends EventKind>(
  kind: Kind,
  data: DataOf<Kind>,
  trace?: { correlation_id: string; traceparent: string },
): NewEvent<DataOf<Kind>> {
  return trace === undefined ? { kind, data } : { kind, data, trace }
}

/** The `dataschema` URI of an event kind: names the version that a reader decodes by. */
export function schemaUriOf(kind: EventKind): string {
  return `urn:bankflow:event:${kind.type}:${kind.version}`
}
