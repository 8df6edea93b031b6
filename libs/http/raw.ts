import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { Caller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import { admit } from './admit.ts'
import type { Answer, Executor, OperationHost, Request } from './executor.ts'
import type { AnyRaw, RawContext, WriteContext } from './implement.ts'
import { inOperation } from './operation-span.ts'
import { RAW_HEADERS, type RawReply, type RawRequest } from './raw-messages.ts'
import { requestTrace } from './request-trace.ts'
import { WEB_SESSION_COOKIE } from './web-session.ts'

/** How the gateway tells a service the origin at which it was asked; believed behind the gateway's token alone. */
export const ORIGIN_HEADER = 'x-bankflow-origin'

/** A body larger than this is refused before the operation sees it, unless its contract says otherwise. */
export const RAW_BODY_BYTES = 64 * 1024

/** Runs one act of a raw operation; returns what it made, and the headers that it answers. */
export type RawAct = (
  request: Request,
  work: (context: WriteContext<unknown>) => Promise<unknown>,
) => Promise<{ reply: unknown; headers: Record<string, string> }>

/** Puts a raw operation to work. It is called over HTTP alone: other services have nothing to say in its protocol. */
export function createRawExecutor(contract: Operation, beats: AnyRaw, host: OperationHost, act: RawAct): Executor {
  const execute = async (request: Request): Promise<Answer> => {
    const { raw, caller, trace } = request
    if (raw === undefined) throw new Error(`${contract.id} is raw and was called without a request`)
    await admit(contract, host, request)
    const told: Record<string, string> = {}
    const { database, clock, own, mintId, client } = host
    const context: RawContext<unknown> = {
      ...{ ...client, sql: database.reader, clock, own, caller, mintId, trace },
      act: async (work) => {
        const { reply, headers } = await act(request, work)
        Object.assign(told, headers)
        return reply as Awaited<ReturnType<typeof work>>
      },
    }
    const reply = await beats.answer(raw, context)
    return { status: reply.status, reply: { ...reply, headers: { ...told, ...reply.headers } }, headers: {} }
  }
  return { contract, execute: (request) => inOperation(contract, host, request, execute) }
}

/** What the route of a raw operation is told of a request by who stands before it. */
export interface RawSource {
  /** Throws for a request that did not come the way it must. */
  enter(request: FastifyRequest): Promise<{ caller: Caller; ip_hash: string }>
  originOf(request: FastifyRequest): string
  certificateOf(request: FastifyRequest): string | null
}

/** Registers a raw operation: in a scope of its own, where a body of any type is a text. */
export function registerRawRoute(server: FastifyInstance, url: string, executor: Executor, source: RawSource): void {
  const { contract } = executor
  server.register(async (scope) => {
    takeAnyText(scope)
    scope.route({
      method: contract.method as HTTPMethods,
      url,
      config: { operation: contract },
      bodyLimit: contract.bodyLimitBytes ?? RAW_BODY_BYTES,
      handler: (request, reply) => withTrace(requestTrace(request), () => answer(executor, source, request, reply)),
    })
  })
}

/** Makes a body of any content type a text, within this scope. */
export function takeAnyText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text))
}

async function answer(
  executor: Executor,
  source: RawSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller, ip_hash } = await source.enter(request)
  const raw: RawRequest = {
    ...readRaw(executor.contract, request),
    origin: source.originOf(request),
    ip_hash,
    client_certificate: source.certificateOf(request),
  }
  const answered = await executor.execute({
    input: { params: raw.params, query: {}, body: {} },
    caller: caller.ip_hash === null ? { ...caller, ip_hash } : caller,
    trace: requestTrace(request),
    raw,
  })
  const { status, headers, body } = answered.reply as RawReply
  for (const [name, value] of Object.entries(headers))
    reply.header(name, typeof value === 'string' ? value : [...value])
  return reply.code(status).send(body)
}

/** The part of a raw request that its client wrote, as it is also forwarded to another process. */
export function readRaw(
  { shapes, method }: Operation,
  request: FastifyRequest,
): Pick<RawRequest, 'method' | 'path' | 'query' | 'params' | 'headers' | 'body'> {
  const params = { ...(request.params as Record<string, string>) }
  const errors = shapes.params.errors(params).map((wrong) => ({ ...wrong, pointer: `path${wrong.pointer}` }))
  if (errors.length > 0) throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
  const [path = '', ...rest] = request.url.split('?')
  const body = typeof request.body === 'string' ? request.body : ''
  return { method, path, query: rest.join('?'), params, headers: headersOf(request), body }
}

function headersOf({ headers }: FastifyRequest): Record<string, string> {
  const seen: Record<string, string> = {}
  for (const name of RAW_HEADERS) {
    const value = headers[name]
    if (typeof value === 'string') seen[name] = value
    else if (Array.isArray(value)) seen[name] = value.join(', ')
  }
  if (seen.cookie !== undefined) seen.cookie = withoutAppCookie(seen.cookie)
  if (seen.cookie === '') delete seen.cookie
  return seen
}

/** The bank's own app is signed in by a cookie that no page of another protocol may act by. */
function withoutAppCookie(cookies: string): string {
  const pairs = cookies.split(';').map((pair) => pair.trim())
  return pairs.filter((pair) => pair !== '' && pair.split('=', 1)[0]?.trim() !== WEB_SESSION_COOKIE).join('; ')
}
