import { type EventKind, type EventMessage, schemaUriOf } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { decode, encode } from '#libs/json/json.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { TraceContext } from '#libs/telemetry/context.ts'
import { publishedIn } from './event-spans.ts'

/** Events that one transaction published, as the outbox keeps them. */
export interface Bundle {
  /** That of the first event. */
  id: string
  events: number
  /** Of the events, each once. */
  types: string[]
  /** A JSON array with an event on each line; JSON text has no line breaks of its own. */
  text: string
}

/** An event whose data keeps its contract, in the trace of its act. */
export interface Fact {
  kind: EventKind
  data: unknown
  trace: TraceContext
}

/**
 * Facts as one bundle, in their order. What a kind's events and an act's events have in common is made once, and each event is put together
 * from texts: a row of columns for each, or an object, takes twice the time.
 */
export function bundleOf(facts: readonly Fact[], now: Date): Bundle {
  const time = now.toISOString()
  const kinds = new Map<EventKind, string>()
  const acts = new Map<TraceContext, string>()
  const ids = facts.map(() => newId())
  const lines = facts.map(({ kind, data, trace }, i) => {
    const ofKind = remembered(kinds, kind, () => partsOf({ type: kind.type, dataschema: schemaUriOf(kind), time }))
    const ofAct = remembered(acts, trace, () => partsOf(spanOf(trace, kind)))
    const { [kind.subject]: subject, [kind.partitionKey]: partitionkey } = data as Record<string, unknown>
    const about = `"subject":${encode(String(subject))},"partitionkey":${encode(String(partitionkey))}`
    const line = `{"id":"${ids[i]}",${ofKind},${about},${ofAct},"data":${encode(data)}}`
    invariant(line.length <= CHARACTERS_AT_MOST, `event ${kind.type} has ${line.length} characters`)
    return line
  })
  const types = [...new Set([...kinds.keys()].map((kind) => kind.type))]
  return { id: ids[0] as string, events: facts.length, types, text: `[${lines.join(SEPARATOR)}]` }
}

/** A broker takes a megabyte at once, and a character may be four bytes. */
const CHARACTERS_AT_MOST = 200_000
const SEPARATOR = ',\n'

/** The events of a bundle's text, as `producer` published them; `from` and `to` are places in it as `slice` takes them. */
export function eventsIn(text: string, producer: string, from: number, to: number): EventMessage[] {
  // Line by line, because a long number anywhere in a text makes the codec take all of it the slow way.
  const lines = linesOf(text, from, to)
  return lines.map((line) => {
    const event = decode(line) as Omit<EventMessage, 'time' | 'source'> & { time: string }
    return { ...event, time: new Date(event.time), source: producer }
  })
}

/** What the events of a type in a bundle's text are about; undefined for those of other types. Only the beginning of each line is looked at. */
export function subjectsIn(text: string, type: string, from: number, to: number): (string | undefined)[] {
  const ofType = `"type":${encode(type)},`
  return linesOf(text, from, to).map((line) => {
    if (!line.startsWith(ofType, TYPE_AT)) return undefined
    // What stands before is of our own making, and a subject is the text of an id or a number.
    const start = line.indexOf(SUBJECT, TYPE_AT) + SUBJECT.length
    return line.slice(start, line.indexOf('"', start))
  })
}

const TYPE_AT = `{"id":"${'0'.repeat(36)}",`.length
const SUBJECT = '"subject":"'

/** The events of a bundle's text, each as its own JSON text. */
export function linesIn(text: string): string[] {
  return text.slice(1, -1).split(SEPARATOR)
}

function linesOf(text: string, from: number, to: number): string[] {
  return linesIn(text).slice(from, to)
}

/** Publishing is one span of each act, however many events the act has. */
function spanOf(trace: TraceContext, kind: EventKind): Record<string, string> {
  return { correlationid: trace.correlation_id, traceparent: publishedIn(trace, kind) }
}

/** The members of an object in JSON, without its braces. */
function partsOf(members: Record<string, string>): string {
  return encode(members).slice(1, -1)
}

function remembered<Key>(known: Map<Key, string>, key: Key, make: () => string): string {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}
