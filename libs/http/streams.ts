import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { StreamEvent } from '#libs/contract/stream-reply.ts'
import { encode } from '#libs/json/json.ts'
import { invariant, Problem, platformProblems } from '#libs/problem/problem.ts'

/** The times of a stream, in milliseconds. */
export interface StreamPace {
  /** What a client waits before it comes back. */
  retryMs: number
  /** Between two comments, which keep the line open and show that it is. */
  heartbeatMs: number
  /** Between two looks whether the session still stands; they cost no more than a look into memory, and its end counts within a second. */
  confirmMs: number
  /** How long a client may take nothing before it is cut off; what it missed is replayed when it comes back. */
  stallMs: number
}

export const USUAL_PACE: StreamPace = { retryMs: 3_000, heartbeatMs: 15_000, confirmMs: 500, stallMs: 30_000 }
const MAX_LAST_EVENT_ID = 255

/** The last event a client saw, as it says when it comes back; a Problem for what no stream of ours gave out. */
export function lastEventIdOf(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id']
  if (header === undefined || header === '') return undefined
  if (typeof header === 'string' && header.length <= MAX_LAST_EVENT_ID && /^[\x21-\x7e]+$/.test(header)) return header
  const detail = 'must be at most 255 visible ASCII characters'
  throw new Problem(platformProblems.VALIDATION_FAILED, {
    detail: `header/last-event-id ${detail}`,
    errors: [{ pointer: 'header/last-event-id', detail }],
  })
}

/** The other end went away, or takes nothing any more: no failure of ours. */
export class ClientGone extends Error {
  override readonly name: string = 'ClientGone'
}

/** The streams of a server that are open: each ends when its client goes away, and all of them when the server closes. */
export interface OpenStreams {
  /** A signal that aborts when this answer must end. */
  begin(reply: FastifyReply): AbortController
}

const streams = new WeakMap<FastifyInstance, OpenStreams>()

/** The open streams of a server; call it before the server listens. */
export function openStreamsOf(server: FastifyInstance): OpenStreams {
  const known = streams.get(server)
  if (known !== undefined) return known
  const open = new Set<AbortController>()
  // Else the close would wait for answers that never end by themselves.
  server.addHook('preClose', async () => {
    for (const stream of open) stream.abort()
  })
  const made: OpenStreams = {
    begin: ({ raw }) => {
      const stream = new AbortController()
      open.add(stream)
      const gone = (): void => stream.abort()
      raw.once('close', gone)
      stream.signal.addEventListener('abort', () => {
        open.delete(stream)
        raw.off('close', gone)
      })
      if (raw.destroyed) stream.abort()
      return stream
    },
  }
  streams.set(server, made)
  return made
}

export interface Streaming {
  reply: FastifyReply
  /** Refuses when the caller's session has ended; absent where the caller has none. */
  confirm: (() => Promise<void>) | undefined
  events: AsyncIterable<StreamEvent>
  /** Aborts when the client goes away or the server closes; aborted here when the stream ends for another reason. */
  stream: AbortController
  /** What of an event's data may leave. */
  project(data: unknown): unknown
  pace: StreamPace
  /** Takes note of a failure that is not the client's. */
  failed(error: unknown): void
}

/** Answers with server-sent events (WHATWG HTML §9.2) until the source, the client, the session or the server ends. */
export function sendStream(streaming: Streaming): FastifyReply {
  const body = new PassThrough()
  void pump(streaming, body)
  return streaming.reply
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .type('text/event-stream; charset=utf-8')
    .send(body)
}

/** Writes events and heartbeats in turn. A client that is slower than its events stops them here, so nothing piles up. */
async function pump(streaming: Streaming, body: PassThrough): Promise<void> {
  const { stream, events, pace, project } = streaming
  const source = events[Symbol.asyncIterator]()
  const stopWatching = watchSession(streaming)
  body.once('close', () => stream.abort())
  try {
    await write(body, `retry: ${pace.retryMs}\n\n`, pace.stallMs)
    let coming = source.next()
    coming.catch(() => {})
    for (;;) {
      const next = await firstOf(coming, pace.heartbeatMs, stream.signal)
      if (next === 'aborted') break
      if (next === 'late') {
        await write(body, ':\n\n', pace.stallMs)
        continue
      }
      if (next.done === true) break
      await write(body, frameOf(next.value, project), pace.stallMs)
      coming = source.next()
      coming.catch(() => {})
    }
    body.end()
  } catch (error) {
    if (!(error instanceof ClientGone)) streaming.failed(error)
    body.destroy(error as Error)
  } finally {
    stopWatching()
    // Before the source is closed: it may be waiting for an event, and this wakes it.
    stream.abort()
    await source.return?.().catch(() => {})
  }
}

/** Ends the stream when its session does. A verifier that cannot tell just now is asked again the next time. */
function watchSession({ confirm, pace, stream }: Streaming): () => void {
  if (confirm === undefined) return () => {}
  const look = async (): Promise<void> => {
    try {
      await confirm()
    } catch (error) {
      if (error instanceof Problem) stream.abort()
    }
  }
  const timer = setInterval(() => void look(), pace.confirmMs)
  return () => clearInterval(timer)
}

type Next = IteratorResult<StreamEvent>

/** The next event, or that a heartbeat is due, or that the stream must end. */
function firstOf(coming: Promise<Next>, heartbeatMs: number, signal: AbortSignal): Promise<Next | 'late' | 'aborted'> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve('aborted')
    const end = (): void => settle(() => resolve('aborted'))
    const timer = setTimeout(() => settle(() => resolve('late')), heartbeatMs)
    const settle = (how: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      how()
    }
    signal.addEventListener('abort', end)
    coming.then(
      (next) => settle(() => resolve(next)),
      (error) => settle(() => reject(error)),
    )
  })
}

/** Writes, then waits until what was written before is on its way; ClientGone when nothing is taken for too long. */
function write(body: PassThrough, text: string, stallMs: number): Promise<void> {
  if (body.destroyed || body.write(text)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = (how: () => void): void => {
      clearTimeout(timer)
      body.off('drain', drained).off('close', drained)
      how()
    }
    const drained = (): void => settle(resolve)
    const timer = setTimeout(() => settle(() => reject(new ClientGone())), stallMs)
    body.once('drain', drained).once('close', drained)
  })
}

function frameOf({ id, event, data }: StreamEvent, project: (data: unknown) => unknown): string {
  for (const line of [id ?? '', event]) invariant(/^[^\r\n\0]*$/.test(line), 'a field of an event is one line')
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${encode(project(data))}\n\n`
}
