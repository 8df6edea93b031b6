import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { Value } from 'typebox/value'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { type FileReply, isFileReply } from '#libs/contract/file-reply.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { projection } from '#libs/contract/schema.ts'
import { isStreamReply } from '#libs/contract/stream-reply.ts'
import { encode } from '#libs/json/json.ts'
import { invariant, Problem, type ProblemPointer, platformProblems } from '#libs/problem/problem.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import type { Executor, Request } from './executor.ts'
import { answerLines } from './lines.ts'
import { type RawSource, registerRawRoute } from './raw.ts'
import { remembered } from './remembered.ts'
import { requestTrace } from './request-trace.ts'
import { lastEventIdOf, type OpenStreams, openStreamsOf, type StreamPace, sendStream, USUAL_PACE } from './streams.ts'

/** Who is behind a request: the bearer token's user, or another service. */
export interface CallerSource {
  callerOf(request: FastifyRequest): Promise<Caller>
  /** Makes sure, before money moves, that the session still stands. */
  confirm(caller: Caller): Promise<void>
  /** Throws for a request that did not come the way it must, whatever its operation; everything is admitted without it. */
  admit?(request: FastifyRequest): Promise<void>
  /** Where a request comes from, when that is not the other end of its connection. */
  addressOf?(request: FastifyRequest): string
  /** False where a lagging copy of the data may answer a read of this caller; every answer is of now without it. */
  isFresh?(request: FastifyRequest, caller: Caller): boolean | Promise<boolean>
  /** The origin by which the client knows the bank, when that is not the one that the request names; raw operations only. */
  originOf?(request: FastifyRequest): string
  /** The certificate (PEM) whose key the client proved to the edge, or null; raw operations only. */
  certificateOf?(request: FastifyRequest): string | null
}

const MAX_KEY = 255
const MAX_WAIT_S = 30
const MAX_LINES_BYTES = 1024 * 1024

/** Registers an operation as one HTTP route. `prefix` is `/api/v1` for the public ones. */
export function registerRoute(
  server: FastifyInstance,
  prefix: string,
  path: string,
  executor: Executor,
  callers: CallerSource,
  pace: StreamPace = USUAL_PACE,
): void {
  const { contract } = executor
  if (contract.raw) {
    registerRawRoute(server, prefix + path, executor, rawSource(contract, callers))
    return
  }
  const project = projection(contract.reply)
  const streams = contract.stream ? openStreamsOf(server) : undefined
  server.route({
    method: contract.method as HTTPMethods,
    url: prefix + path,
    config: { operation: contract },
    ...(contract.bodyLimitBytes === undefined ? {} : { bodyLimit: contract.bodyLimitBytes }),
    handler: (request, reply) =>
      withTrace(requestTrace(request), () =>
        streams === undefined
          ? answer(executor, project, callers, request, reply)
          : answerStream({ executor, project, callers, streams, pace }, request, reply),
      ),
  })
}

/** Who asks, once the request came the way it must, and from where. */
async function callerBehind(
  { access }: Operation,
  callers: CallerSource,
  request: FastifyRequest,
): Promise<{ caller: Caller; ip_hash: string }> {
  await callers.admit?.(request)
  const ip_hash = ipHash(callers.addressOf?.(request) ?? request.ip)
  return { caller: access.anyone === true ? anonymous : await callers.callerOf(request), ip_hash }
}

/** What a raw operation is told by the source of its callers. */
function rawSource(contract: Operation, callers: CallerSource): RawSource {
  return {
    enter: (request) => callerBehind(contract, callers, request),
    originOf: (request) => callers.originOf?.(request) ?? `${request.protocol}://${request.host}`,
    certificateOf: (request) => callers.certificateOf?.(request) ?? null,
  }
}

async function answer(
  executor: Executor,
  project: (value: unknown) => unknown,
  callers: CallerSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { contract } = executor
  const { caller, ip_hash } = await callerBehind(contract, callers, request)
  const lines = request.body instanceof Readable ? request.body : undefined
  const input = checkedInput(contract, request, contract.method !== 'GET' && lines === undefined)
  if (contract.money && caller.kind === 'user') await callers.confirm(caller)
  const asked: Request = {
    input,
    caller: caller.ip_hash === null ? { ...caller, ip_hash } : caller,
    trace: requestTrace(request),
    key: keyOf(request),
    waitMs: contract.status === 202 ? waitOf(request) : undefined,
    isFresh: contract.method === 'GET' ? await callers.isFresh?.(request, caller) : undefined,
  }
  if (lines !== undefined && executor.lines !== undefined && contract.bulkOf !== undefined) {
    const { bodyLimitBytes = MAX_LINES_BYTES, bulkOf } = contract
    const shape = bulkOf.shapes.body
    const failed = (error: unknown): void => reply.server.logBreak(request, error)
    return answerLines({ lines: executor.lines, shape, bodyLimitBytes, request: asked, body: lines, reply, failed })
  }
  const answered = await executor.execute(asked)
  reply.code(answered.status).headers(answered.headers)
  if (answered.status === 204) return reply.send()
  if (isFileReply(answered.reply)) return sendFile(reply, answered.reply)
  return reply.type('application/json; charset=utf-8').send(encode(project(answered.reply)))
}

interface StreamRoute {
  executor: Executor
  project: (value: unknown) => unknown
  callers: CallerSource
  streams: OpenStreams
  pace: StreamPace
}

/** Opens a stream: refusals are answered like any other, events follow from then on. */
async function answerStream(
  { executor, project, callers, streams, pace }: StreamRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { contract } = executor
  const { caller, ip_hash } = await callerBehind(contract, callers, request)
  const input = checkedInput(contract, request)
  const lastEventId = lastEventIdOf(request)
  const stream = streams.begin(reply)
  try {
    const { reply: answered } = await executor.execute({
      input,
      caller: caller.ip_hash === null ? { ...caller, ip_hash } : caller,
      trace: requestTrace(request),
      stream: { lastEventId, signal: stream.signal },
    })
    invariant(isStreamReply(answered), `${contract.id} is implemented by implementStream`)
    // The token is looked at again, too: it ends by itself, and a verifier knows its session's end from the feed of revocations.
    const confirm = async (): Promise<void> => callers.confirm(await callers.callerOf(request))
    const watched = caller.kind === 'user' ? confirm : undefined
    const failed = (error: unknown): void => reply.server.logBreak(request, error)
    return sendStream({ reply, confirm: watched, events: answered.events, stream, project, pace, failed })
  } catch (error) {
    stream.abort()
    throw error
  }
}

function sendFile(reply: FastifyReply, { content_type, filename, bytes, rest, headers = {} }: FileReply): FastifyReply {
  const name = filename.replaceAll(/[^A-Za-z0-9._-]/g, '-')
  const first = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return reply
    .headers(headers)
    .header('content-disposition', `attachment; filename="${name}"`)
    .type(content_type)
    .send(rest === undefined ? first : Readable.from(inTurn(first, rest, reply), { objectMode: false }))
}

/** The parts of a file. What fails before anything is on its way becomes a problem, like any other failure. */
async function* inTurn(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  { raw, request, server }: FastifyReply,
): AsyncGenerator<Uint8Array> {
  if (first.byteLength > 0) yield first
  try {
    yield* rest
  } catch (error) {
    if (raw.headersSent) server.logBreak(request, error)
    throw error
  }
}

/** The input of a request, or a 400 that names every wrong field by pointer. Nothing is coerced but the texts of a URL. */
export function checkedInput(
  contract: Operation,
  request: { params: unknown; query: unknown; body: unknown },
  hasBody = contract.method !== 'GET',
): InputOf<Operation> {
  const errors: ProblemPointer[] = []
  const part = (name: 'params' | 'query' | 'body', value: unknown, at: string): unknown => {
    const shape = contract.shapes[name]
    for (const wrong of shape.errors(value)) errors.push({ pointer: `${at}${wrong.pointer}`, detail: wrong.detail })
    return value
  }
  const params = part('params', { ...(request.params as object) }, 'path')
  const query = part('query', fromUrl(contract.query, request.query), 'query')
  const body = hasBody ? part('body', request.body ?? {}, '') : {}
  if (errors.length > 0) throw new Problem(platformProblems.VALIDATION_FAILED, { detail: summary(errors), errors })
  const { shapes } = contract
  return {
    params: shapes.params.revive(params),
    query: shapes.query.revive(query),
    body: hasBody ? shapes.body.revive(body) : {},
  }
}

/** Query texts become the numbers and flags that the schema asks for, and defaults are filled in; what does not fit stays text and is refused. */
function fromUrl(schema: Operation['query'], query: unknown): unknown {
  if (Object.keys((schema as { properties?: object }).properties ?? {}).length === 0) return { ...(query as object) }
  return Value.Default(schema, Value.Convert(schema, { ...(query as object) }))
}

function summary(errors: readonly ProblemPointer[]): string {
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return `${first?.pointer === '' ? 'The body' : first?.pointer} ${first?.detail}${more}`
}

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  if (typeof header !== 'string' || header.length === 0 || header.length > MAX_KEY || !/^[\x21-\x7e]+$/.test(header)) {
    throw new Problem(platformProblems.VALIDATION_FAILED, {
      detail: 'header/idempotency-key must be 1 to 255 visible ASCII characters',
      errors: [{ pointer: 'header/idempotency-key', detail: 'must be 1 to 255 visible ASCII characters' }],
    })
  }
  return header
}

/** `Prefer: wait=N` (RFC 7240) in milliseconds, 30 seconds at most. */
function waitOf(request: FastifyRequest): number | undefined {
  const found = /(?:^|[,\s])wait=(\d{1,4})/.exec(String(request.headers.prefer ?? ''))
  return found === null ? undefined : Math.min(Number(found[1]), MAX_WAIT_S) * 1000
}

const ipHash = remembered(1_000, (address) => hash('sha256', `bankflow ip ${address}`, 'base64url').slice(0, 22))
