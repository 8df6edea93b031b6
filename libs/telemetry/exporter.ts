import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { encodeSpans, type Resource } from './otlp.ts'
import type { EndedSpan, Recorder } from './spans.ts'

/** What becomes of spans: taken by the receiver, or lost and why. */
export const SPAN_FATES = ['exported', 'queue_full', 'refused', 'unreachable', 'shut_down'] as const

export type SpanFate = (typeof SPAN_FATES)[number]

export interface ExporterOptions {
  /** Where spans are sent, the path included: `http://collector:4318/v1/traces`. */
  url: string
  headers: Readonly<Record<string, string>>
  resource: Resource
  /** The `service.name` of a service's spans. */
  nameOf(service: string): string
  isCompressed: boolean
  /** Milliseconds that one request may take. */
  timeoutMs: number
  /** Milliseconds between two exports; a full batch goes at once. */
  delayMs: number
  /** Spans that wait at most; one more is lost. */
  maxQueue: number
  /** Spans of one request. */
  maxBatch: number
  /** Called when the receiver stops taking spans, and when it takes them again. */
  onState(isTaking: boolean, detail: string): void
}

/** A batch is tried so often, with these waits between, before it is lost; a receiver may name another wait, up to the longest. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000] as const
const LONGEST_WAIT_MS = 30_000
/** OTLP/HTTP: what may be sent again. Everything else is the receiver's last word. */
const WORTH_REPEATING: ReadonlySet<number> = new Set([429, 502, 503, 504])

const compress = promisify(gzip)

/** Sends spans to an OTLP receiver (HTTP, JSON) beside the work that they tell of, which it neither waits for nor fails. */
export class SpanExporter {
  /** What became of spans so far. */
  readonly counts: Record<SpanFate, number> = { exported: 0, queue_full: 0, refused: 0, unreachable: 0, shut_down: 0 }
  readonly #options: ExporterOptions
  readonly #stopping = new AbortController()
  #queue: EndedSpan[] = []
  #underWay = 0
  #isTaking = true
  #isStopped = false
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined

  /** Nothing is sent before the first span. */
  constructor(options: ExporterOptions) {
    this.#options = options
  }

  /** Spans that wait or are on their way. */
  get queued(): number {
    return this.#queue.length + this.#underWay
  }

  readonly record: Recorder = (span) => {
    const { maxQueue, maxBatch, delayMs } = this.#options
    if (this.#isStopped) this.counts.shut_down += 1
    else if (this.queued >= maxQueue) this.counts.queue_full += 1
    else {
      this.#queue.push(span)
      this.#sendSoon(this.#queue.length >= maxBatch ? 0 : delayMs)
    }
  }

  /** Sends what waits now, for at most `withinMs`; whatever is left then is lost, and what comes later as well. */
  async stop(withinMs: number): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    clearTimeout(this.#timer)
    const late = setTimeout(() => this.#stopping.abort(), withinMs)
    await this.#sending
    if (this.#queue.length > 0) await this.#sendAll()
    clearTimeout(late)
  }

  #sendSoon(inMs: number): void {
    if (this.#sending !== undefined || (this.#timer !== undefined && inMs > 0)) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sending = this.#sendAll().finally(() => {
        this.#sending = undefined
        if (this.#queue.length > 0 && !this.#isStopped) this.#sendSoon(this.#options.delayMs)
      })
    }, inMs).unref()
  }

  /** Batch after batch, until what is left is not worth a request yet. */
  async #sendAll(): Promise<void> {
    const { maxBatch } = this.#options
    do {
      const batch = this.#queue.slice(0, maxBatch)
      this.#queue = this.#queue.slice(maxBatch)
      this.#underWay = batch.length
      await this.#sendBatch(batch)
      this.#underWay = 0
    } while (this.#queue.length >= maxBatch || (this.#isStopped && this.#queue.length > 0))
  }

  async #sendBatch(batch: readonly EndedSpan[]): Promise<void> {
    let detail = ''
    try {
      const body = await bodyOf(batch, this.#options)
      for (let attempt = 0; ; attempt++) {
        const answer = await post(body, this.#options, this.#stopping.signal)
        detail = answer.detail
        const wait_ms = WAITS_MS[attempt]
        if (answer.isTaken) this.#took(batch.length, answer)
        else if (!answer.isWorthRepeating) this.#lost('refused', batch.length, detail)
        else if (wait_ms === undefined) this.#lost('unreachable', batch.length, detail)
        else {
          await sleep(answer.waitMs ?? wait_ms, undefined, { signal: this.#stopping.signal, ref: false })
          continue
        }
        return
      }
    } catch {
      this.#lost(this.#stopping.signal.aborted ? 'shut_down' : 'unreachable', batch.length, detail)
    }
  }

  #took(count: number, { rejected, detail }: Answer): void {
    this.counts.exported += count - rejected
    if (rejected > 0) this.#lost('refused', rejected, detail)
    else if (!this.#isTaking) {
      this.#isTaking = true
      this.#options.onState(true, '')
    }
  }

  #lost(fate: SpanFate, count: number, detail: string): void {
    this.counts[fate] += count
    if (fate === 'shut_down' || !this.#isTaking) return
    this.#isTaking = false
    this.#options.onState(false, detail)
  }
}

interface Answer {
  isTaken: boolean
  /** Spans that the receiver left out of what it took. */
  rejected: number
  isWorthRepeating: boolean
  waitMs: number | undefined
  detail: string
}

async function bodyOf(
  batch: readonly EndedSpan[],
  options: ExporterOptions,
): Promise<string | Uint8Array<ArrayBuffer>> {
  const text = encodeSpans(batch, options)
  return options.isCompressed ? new Uint8Array(await compress(text)) : text
}

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  options: ExporterOptions,
  stop: AbortSignal,
): Promise<Answer> {
  const headers = {
    ...options.headers,
    'content-type': 'application/json',
    ...(options.isCompressed ? { 'content-encoding': 'gzip' } : {}),
  }
  const signal = AbortSignal.any([stop, AbortSignal.timeout(options.timeoutMs)])
  const nothing = { rejected: 0, waitMs: undefined }
  try {
    const response = await fetch(options.url, { method: 'POST', headers, body, signal, redirect: 'error' })
    const text = await response.text()
    if (response.ok) return { ...nothing, isTaken: true, isWorthRepeating: false, ...partOf(text) }
    const isWorthRepeating = WORTH_REPEATING.has(response.status)
    const waitMs = waitOf(response.headers.get('retry-after'))
    return { ...nothing, isTaken: false, isWorthRepeating, waitMs, detail: `it answered ${response.status}` }
  } catch {
    return { ...nothing, isTaken: false, isWorthRepeating: true, detail: 'it cannot be reached' }
  }
}

/** What the receiver says that it left out (OTLP's partial success); an answer that says nothing took everything. */
function partOf(text: string): Pick<Answer, 'rejected' | 'detail'> {
  try {
    const { partialSuccess } = JSON.parse(text === '' ? '{}' : text) as { partialSuccess?: { rejectedSpans?: unknown } }
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0)
    return rejected > 0 ? { rejected, detail: `it left out ${rejected} spans` } : { rejected: 0, detail: '' }
  } catch {
    return { rejected: 0, detail: '' }
  }
}

function waitOf(header: string | null): number | undefined {
  if (header === null || !/^\d{1,6}$/.test(header)) return undefined
  return Math.min(Number(header) * 1_000, LONGEST_WAIT_MS)
}
