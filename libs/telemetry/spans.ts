import { childTraceparent, currentTrace, isBeginning, sampleBy, type TraceContext, withTrace } from './context.ts'
import type { Sampler } from './sampling.ts'

/** What a span says of its work: from the code, never from a customer's data. Undefined ones are left out. */
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** The role of a span between two parties, with OTLP's numbers. */
export const SPAN_KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

type SpanKind = keyof typeof SPAN_KINDS

/** A span that is over, as it goes to whoever records spans. Times in milliseconds since 1970, with fractions. */
export interface EndedSpan {
  readonly service: string
  readonly name: string
  readonly kind: SpanKind
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id: string | undefined
  readonly start_ms: number
  readonly end_ms: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** Other spans that it has to do with, of this trace or another. */
  readonly links: readonly { readonly trace_id: string; readonly span_id: string }[]
  readonly is_error: boolean
}

/** What is known of a span when it begins. */
export interface SpanStart {
  /** The service whose work it is. */
  service: string
  kind?: SpanKind
  attributes?: Attributes
  /** Traces that it has to do with besides its own. */
  links?: readonly TraceContext[]
  /** The trace that it is a step of; the running one unless told. */
  parent?: TraceContext | undefined
}

/** A span under way. */
export interface Span {
  /** Its own place in the trace, in which its work runs. */
  readonly trace: TraceContext
  set(attributes: Attributes): void
  /** Names another span that it has to do with; the first 128 are kept. */
  link(other: TraceContext): void
  /** Its work is done; what comes after the first end counts no more. */
  end(): void
  /** The same for work that failed: the kind of the error is told, never its words. */
  fail(error: unknown): void
}

/** Who takes spans that are over. Never throws and never waits. */
export type Recorder = (span: EndedSpan) => void

let recorder: Recorder | undefined
/** The span whose own place a trace context is. */
const spans = new WeakMap<TraceContext, Span>()

const MOST_LINKS = 128
const SAMPLED_BIT = 1

/**
 * From now on spans are recorded, of traces that the sampler takes, until the call that is answered. One recorder a process, like the running
 * trace: RangeError while there is another.
 */
export function recordSpans(sampler: Sampler, record: Recorder): () => void {
  if (recorder !== undefined) throw new RangeError('spans are recorded already')
  recorder = record
  sampleBy(sampler)
  return () => {
    recorder = undefined
    sampleBy(undefined)
  }
}

/** True while spans are recorded. */
export function isRecording(): boolean {
  return recorder !== undefined
}

/**
 * Runs `work` in a span of its own, which ends with it, or fails with it. Where nothing is recorded (no recorder, no trace, or one that is not
 * sampled) it only runs, in `parent` where that was given.
 */
export function inSpan<T>(name: string, start: SpanStart, work: () => T): T {
  const span = recorder === undefined ? undefined : beginSpan(name, start)
  if (span === undefined) return start.parent === undefined ? work() : withTrace(start.parent, work)
  return runIn(span, work)
}

/** Like `inSpan`, for what is worth a look only as a part: without a span under way around it nothing is recorded. */
export function inPartOf<T>(name: string, start: SpanStart, work: () => T): T {
  return recorder === undefined || currentSpan() === undefined ? work() : inSpan(name, start, work)
}

function runIn<T>(span: Span, work: () => T): T {
  try {
    const result = withTrace(span.trace, work)
    if (!(result instanceof Promise)) {
      span.end()
      return result
    }
    return result.then(
      (value) => {
        span.end()
        return value
      },
      (error) => {
        span.fail(error)
        throw error
      },
    ) as T
  } catch (error) {
    span.fail(error)
    throw error
  }
}

/** A span that somebody ends later, undefined where nothing is recorded. Its work runs within `withTrace(span.trace, …)`. */
export function beginSpan(name: string, start: SpanStart): Span | undefined {
  const parent = start.parent ?? currentTrace()
  if (recorder === undefined || parent === undefined || !isSampled(parent)) return undefined
  const trace = { correlation_id: parent.correlation_id, traceparent: childTraceparent(parent.traceparent) }
  return spanAt(trace, isBeginning(parent) ? undefined : spanIdOf(parent), name, start)
}

/** A span that stands where `trace` points already, below `parent` (a header as it came in) where there is one. */
export function beginSpanAt(
  trace: TraceContext,
  parent: string | undefined,
  name: string,
  start: SpanStart,
): Span | undefined {
  if (recorder === undefined || !isSampled(trace)) return undefined
  const isContinued = parent?.slice(3, 35) === traceIdOf(trace)
  return spanAt(trace, isContinued ? parent.slice(36, 52) : undefined, name, start)
}

/** The span under way that this code runs in. */
export function currentSpan(): Span | undefined {
  const trace = currentTrace()
  return trace === undefined ? undefined : spans.get(trace)
}

/** The span whose place that is, if one is recorded. */
export function spanOf(trace: TraceContext): Span | undefined {
  return spans.get(trace)
}

/** Tells the span under way something more; nothing where none is. */
export function noteOnSpan(attributes: Attributes): void {
  if (recorder !== undefined) currentSpan()?.set(attributes)
}

function spanAt(
  trace: TraceContext,
  parent_span_id: string | undefined,
  name: string,
  { service, kind = 'internal', attributes = {}, links = [] }: SpanStart,
): Span {
  const start_ms = nowMs()
  const told: Record<string, string | number | boolean> = {}
  const linked: { trace_id: string; span_id: string }[] = []
  let isOver = false
  const finish = (is_error: boolean): void => {
    if (isOver) return
    isOver = true
    const ids = { trace_id: traceIdOf(trace), span_id: spanIdOf(trace), parent_span_id }
    recorder?.({ service, name, kind, ...ids, start_ms, end_ms: nowMs(), attributes: told, links: linked, is_error })
  }
  const span: Span = {
    trace,
    set: (more) => {
      for (const [key, value] of Object.entries(more)) if (value !== undefined) told[key] = value
    },
    link: (other) => {
      if (linked.length < MOST_LINKS) linked.push({ trace_id: traceIdOf(other), span_id: spanIdOf(other) })
    },
    end: () => finish(false),
    fail: (error) => {
      // Who knows better has said it before: a status, say, in the place of a class.
      told['error.type'] ??= errorTypeOf(error)
      finish(true)
    },
  }
  span.set(attributes)
  for (const other of links) span.link(other)
  spans.set(trace, span)
  return span
}

/** The kind of an error: itself where it is a word, its code where it has one that looks like one (ECONNREFUSED, 23505), else its class. */
function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' && /^\w{1,40}$/.test(error) ? error : typeof error
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : error.name
}

function isSampled({ traceparent }: TraceContext): boolean {
  return (Number.parseInt(traceparent.slice(53, 55), 16) & SAMPLED_BIT) !== 0
}

function traceIdOf({ traceparent }: TraceContext): string {
  return traceparent.slice(3, 35)
}

function spanIdOf({ traceparent }: TraceContext): string {
  return traceparent.slice(36, 52)
}

/** The wall clock and a clock of fine steps drift apart, and the wall's may be set: beyond this they are laid side by side again. */
const DRIFT_MS = 5
let offset_ms = performance.timeOrigin

/** Milliseconds since 1970, fine enough to tell spans of one millisecond apart. */
function nowMs(): number {
  const fine = performance.now()
  const wall = Date.now()
  if (Math.abs(fine + offset_ms - wall) > DRIFT_MS) offset_ms = wall - fine
  return fine + offset_ms
}
