import { AsyncLocalStorage } from 'node:async_hooks'
import { randomFillSync, randomUUIDv7 } from 'node:crypto'

/** What ties the log lines, events and calls of one request together. `traceparent` is the W3C header of the current span. */
export type TraceContext = { readonly correlation_id: string; readonly traceparent: string }

/** The parts of a traceparent header, in lower-case hex; `flags` is one byte, of which bit 0 says sampled. */
export type Traceparent = { readonly trace_id: string; readonly span_id: string; readonly flags: number }

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,200})?$/
const SAMPLED = 1

const current = new AsyncLocalStorage<TraceContext>()

/** Runs `work`, and whatever it awaits, within the trace; answers what `work` answers. */
export function withTrace<T>(context: TraceContext, work: () => T): T {
  return current.run(context, work)
}

/** The trace this code runs in, or undefined outside of any. */
export function currentTrace(): TraceContext | undefined {
  return current.getStore()
}

/** A fresh trace; `correlation_id` is a new UUIDv7 unless the caller brings one. */
export function newTrace(correlation_id: string = randomUUIDv7()): TraceContext {
  const trace_id = randomId(16)
  return { correlation_id, traceparent: formatTraceparent({ trace_id, span_id: randomId(8), flags: SAMPLED }) }
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
