import { AsyncLocalStorage } from 'node:async_hooks'
import { randomFillSync, randomUUIDv7 } from 'node:crypto'
import type { Sampler } from './sampling.ts'

/** What ties the log lines, events and calls of one request together. `traceparent` is the W3C header of the current span. */
export type TraceContext = { readonly correlation_id: string; readonly traceparent: string }

/** The parts of a traceparent header, in lower-case hex; `flags` is one byte, of which bit 0 says sampled. */
export type Traceparent = { readonly trace_id: string; readonly span_id: string; readonly flags: number }

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,200})?$/
const SAMPLED = 1

const current = new AsyncLocalStorage<TraceContext>()
let sampler: Sampler | undefined
/** Traces that began here, whose own span nobody records: what is recorded first in them has no parent. */
const beginnings = new WeakSet<TraceContext>()

/** Runs `work`, and whatever it awaits, within the trace; answers what `work` answers. */
export function withTrace<T>(context: TraceContext, work: () => T): T {
  return current.run(context, work)
}

/** The trace this code runs in, or undefined outside of any. */
export function currentTrace(): TraceContext | undefined {
  return current.getStore()
}

/** A fresh trace; `correlation_id` is a new UUIDv7 unless the caller brings one. Recorded where the sampler says so. */
export function newTrace(correlation_id: string = randomUUIDv7()): TraceContext {
  const trace_id = randomId(16)
  const flags = sampler === undefined || sampler(trace_id, undefined) ? SAMPLED : 0
  const trace = { correlation_id, traceparent: formatTraceparent({ trace_id, span_id: randomId(8), flags }) }
  if (sampler !== undefined) beginnings.add(trace)
  return trace
}

/** A fresh trace that is not recorded: of what a process asks by itself again and again, and belongs to no act. */
export function quietTrace(): TraceContext {
  const ids = { trace_id: randomId(16), span_id: randomId(8) }
  return { correlation_id: randomUUIDv7(), traceparent: formatTraceparent({ ...ids, flags: 0 }) }
}

/** Who decides from now on which traces are recorded; all that are not told otherwise, and recorded by nobody, without one. */
export function sampleBy(decides: Sampler | undefined): void {
  sampler = decides
}

/** True for a trace that began here and of which no span is recorded yet. */
export function isBeginning(trace: TraceContext): boolean {
  return beginnings.has(trace)
}

/** The parts of a header by W3C Trace Context §3.2, undefined when it must be ignored: malformed, version ff, or ids of zeros. */
export function parseTraceparent(header: string): Traceparent | undefined {
  const [, version, trace_id = '', span_id = '', flags = '', more] = TRACEPARENT.exec(header) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(trace_id) || /^0+$/.test(span_id)) return undefined
  return { trace_id, span_id, flags: Number.parseInt(flags, 16) }
}

/** The header for a step within the same trace: same trace id, new span id. A malformed parent starts a new trace. */
export function childTraceparent(parent: string): string {
  const parsed = parseTraceparent(parent)
  if (!parsed) return newTrace().traceparent
  return formatTraceparent({ ...parsed, span_id: randomId(8), flags: parsed.flags & SAMPLED })
}

/** The header for our first step in a trace that came from outside, which the sampler may decide otherwise than its sender. */
export function enteredTraceparent(parent: string): string {
  const parsed = parseTraceparent(parent)
  if (!parsed) return newTrace().traceparent
  const isSampled = (parsed.flags & SAMPLED) !== 0
  const flags = (sampler === undefined ? isSampled : sampler(parsed.trace_id, isSampled)) ? SAMPLED : 0
  return formatTraceparent({ ...parsed, span_id: randomId(8), flags })
}

function formatTraceparent({ trace_id, span_id, flags }: Traceparent): string {
  return `00-${trace_id}-${span_id}-${flags.toString(16).padStart(2, '0')}`
}

const POOL_BYTES = 8192
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES

/** Random hex from a pool: a call to the system's generator for each id costs more than all else that a trace does. */
function randomId(bytes: 8 | 16): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.toString('hex', used, used + bytes)
  used += bytes
  return /^0+$/.test(id) ? randomId(bytes) : id
}
