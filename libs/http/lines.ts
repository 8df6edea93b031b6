import { PassThrough, type Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Shape } from '#libs/contract/schema.ts'
import { decode, encode } from '#libs/json/json.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { SLICE, tooMany } from './execute-bulk.ts'
import type { Line, LineExecutor, Request } from './executor.ts'
import { ClientGone } from './streams.ts'

export const NDJSON = 'application/x-ndjson'

/** Lines of one call at most. */
const MOST_LINES = 10_000
const LONGEST_LINE_BYTES = 65_536
/** Answers that may wait for a client that reads none before it has sent all; one that leaves more than that unread is waited for. */
const UNREAD_BYTES = 2 * 1024 * 1024
/** How long a client may take nothing before it is cut off. */
const STALL_MS = 30_000

interface Answering {
  lines: LineExecutor
  /** What one line must be. */
  shape: Shape<unknown>
  bodyLimitBytes: number
  request: Request
  body: Readable
  reply: FastifyReply
  /** Takes note of a failure that is not the client's. */
  failed(error: unknown): void
}

/** Answers a body of lines line by line, while it comes in. Refuses as a whole only before the first answer. */
export async function answerLines({
  lines,
  shape,
  bodyLimitBytes,
  request,
  body,
  reply,
  failed,
}: Answering): Promise<FastifyReply> {
  const { leave } = await lines.enter(request)
  const out = new PassThrough({ highWaterMark: UNREAD_BYTES })
  const slices = droppingRest(slicesIn(body, shape, bodyLimitBytes), body)
  const write = (items: readonly unknown[]): Promise<void> =>
    send(out, items.map((item) => `${encode(item)}\n`).join(''))
  // The status is said: a failure is the last item, so that nobody takes the end for the end of his lines.
  const tell = async (error: unknown): Promise<void> => {
    if (isOfClient(error, body)) throw error
    failed(error)
    await write([lines.unknown(error)])
  }
  void lines
    .answer(request, slices, write)
    .catch(tell)
    .then(
      () => out.end(),
      (error: unknown) => out.destroy(error as Error),
    )
    .finally(leave)
  return reply.header('cache-control', 'no-store').type(`${NDJSON}; charset=utf-8`).send(out)
}

/** Whether the client went away, on either half of his connection. */
function isOfClient(error: unknown, body: Readable): boolean {
  const isCut = error === body.errored || (error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE'
  return isCut || error instanceof ClientGone
}

/** What is not read of a body is taken and dropped, because its sender may wait for that before he listens. */
async function* droppingRest<Item>(items: AsyncIterable<Item>, body: Readable): AsyncGenerator<Item> {
  try {
    yield* items
  } finally {
    body.resume()
  }
}

/** The lines of a body, as many at once as are there. Reading waits while they are decided, so that nothing piles up. */
async function* slicesIn(body: Readable, shape: Shape<unknown>, bodyLimitBytes: number): AsyncGenerator<Line[]> {
  let rest: Buffer = Buffer.alloc(0)
  let bytes = 0
  let lines = 0
  // Who stops reading has still to answer: the connection stays.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyLimitBytes) return yield [{ problem: new Problem(platformProblems.BODY_TOO_LARGE) }]
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = whole.lastIndexOf(0x0a) + 1
    rest = whole.subarray(end)
    const texts = whole.toString('utf8', 0, end).split('\n').filter(isLine)
    const room = MOST_LINES - lines
    lines += texts.length
    for (let i = 0; i < Math.min(texts.length, room); i += SLICE)
      yield texts.slice(i, Math.min(i + SLICE, room)).map((text) => lineOf(text, shape))
    if (texts.length > room) return yield [{ problem: tooMany(MOST_LINES) }]
    if (rest.length > LONGEST_LINE_BYTES) return yield [{ problem: tooLong() }]
  }
  const last = rest.toString('utf8')
  if (isLine(last)) yield [lines < MOST_LINES ? lineOf(last, shape) : { problem: tooMany(MOST_LINES) }]
}

const isLine = (text: string): boolean => text.trim() !== ''

function lineOf(text: string, shape: Shape<unknown>): Line {
  if (text.length > LONGEST_LINE_BYTES) return { problem: tooLong() }
  let value: unknown
  try {
    value = decode(text)
  } catch {
    return { problem: new Problem(platformProblems.MALFORMED_JSON) }
  }
  const errors = shape.errors(value)
  if (errors.length > 0) return { problem: new Problem(platformProblems.VALIDATION_FAILED, { errors }) }
  return { body: shape.revive(value) }
}

function tooLong(): Problem {
  return new Problem(platformProblems.BODY_TOO_LARGE, { detail: `A line has ${LONGEST_LINE_BYTES} bytes at most` })
}

/** Writes, then waits while too much is unread; ClientGone when the client is gone or takes nothing for too long. */
function send(out: PassThrough, text: string): Promise<void> {
  if (out.destroyed) return Promise.reject(new ClientGone())
  if (out.write(text)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = (how: () => void): void => {
      clearTimeout(timer)
      out.off('drain', drained).off('close', closed)
      how()
    }
    const drained = (): void => settle(resolve)
    const closed = (): void => settle(() => reject(new ClientGone()))
    const timer = setTimeout(() => settle(() => reject(new ClientGone())), STALL_MS)
    out.once('drain', drained).once('close', closed)
  })
}
