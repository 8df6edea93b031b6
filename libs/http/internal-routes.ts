import type { KeyObject } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { Shape } from '#libs/contract/schema.ts'
import { decode, encode } from '#libs/json/json.ts'
import { type EventLog, isBefore, type LogPage, type Position } from '#libs/outbox/event-log.ts'
import { toWire } from '#libs/outbox/remote-log.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { bearerOf } from './callers.ts'
import { verdictOf } from './client.ts'
import type { Executor, Request } from './executor.ts'
import { storedProblem } from './problem-reply.ts'
import { callerOfServiceToken, type WireVerdict } from './remote.ts'
import { requestTrace } from './request-trace.ts'

/** One service as other processes reach it. */
export interface InternalService {
  name: string
  executors: ReadonlyMap<string, Executor>
  events: EventLog
}

interface InternalOptions {
  keysOfService(service: string): ReadonlyMap<string, KeyObject>
  nowS(): number
}

/** Which service may send a batch does not depend on what is in it. */
const NO_INPUT: Request['input'] = { params: {}, query: {}, body: {} }
const BATCH_BODY_BYTES = 8 * 1024 * 1024
const MAX_WAIT_MS = 25_000

/** Routes between services: batches of an operation's members, and a producer's events. Never on a listener that customers reach. */
export function registerInternalRoutes(
  server: FastifyInstance,
  services: readonly InternalService[],
  options: InternalOptions,
): void {
  const audienceOf = (token: string): string => String((decodeClaims(token) as { aud?: unknown } | null)?.aud ?? '')
  const callerOf = (request: FastifyRequest, audience: string): Caller =>
    callerOfServiceToken(bearerOf(request) ?? '', audience, options.keysOfService, options.nowS())

  for (const service of services) {
    for (const executor of service.executors.values()) {
      if (executor.batch === undefined) continue
      const { contract } = executor
      server.post(`/internal/batch/${contract.id}`, { bodyLimit: BATCH_BODY_BYTES }, async (request, reply) => {
        const caller = callerOf(request, service.name)
        await executor.batch?.admit({ input: NO_INPUT, caller, trace: requestTrace(request) })
        const settled = await executor.batch?.submitAll(membersOf(contract, request.body, caller))
        const verdicts = (settled ?? []).map(onWire)
        return reply.type('application/json; charset=utf-8').send(encode({ verdicts }))
      })
    }
  }

  server.get('/internal/events', async (request, reply) => {
    const audience = audienceOf(bearerOf(request) ?? '')
    callerOf(request, audience)
    const producer = services.find((service) => service.name === audience)
    if (producer === undefined) throw new Problem(platformProblems.NOT_FOUND)
    const page = await readWaiting(producer.events, request.query as Record<string, string>)
    return reply.type('application/json; charset=utf-8').send(encode(toWire(page)))
  })
}

/** One member's verdict. What failed is told beside the others' answers, which stand; the caller logs why. */
function onWire(result: PromiseSettledResult<{ reply: unknown }>): WireVerdict {
  try {
    const { reply, problem } = verdictOf(result)
    return problem === undefined ? { reply } : { problem: storedProblem(problem) }
  } catch (error) {
    return { fault: true, detail: error instanceof Error ? error.message : String(error) }
  }
}

/** The members of a batch as another process sent them: each for the person it acts for, in its own trace. */
function membersOf(contract: Operation, body: unknown, caller: Caller): Request[] {
  const { members } = (body ?? {}) as { members?: unknown }
  if (!Array.isArray(members))
    throw new Problem(platformProblems.VALIDATION_FAILED, { detail: '/members must be an array' })
  return (members as (Request & { caller: Caller })[]).map((member, i) => {
    const { params, query, body: wish } = member.input
    return {
      input: {
        params: checked(contract.shapes.params, params, i),
        query: checked(contract.shapes.query, query, i),
        body: checked(contract.shapes.body, wish, i),
      } as InputOf<Operation>,
      caller: { ...member.caller, kind: 'service', roles: [], service: caller.service },
      trace: member.trace,
      key: member.key,
    }
  })
}

/** One part of a member's input; another version of the bank may be asking, so it is checked like anybody's. */
function checked<Value>(shape: Shape<Value>, value: unknown, member: number): Value {
  const errors = shape.errors(value)
  if (errors.length > 0) {
    const named = errors.map((error) => ({ ...error, pointer: `/members/${member}${error.pointer}` }))
    throw new Problem(platformProblems.VALIDATION_FAILED, { errors: named })
  }
  return shape.revive(value)
}

async function readWaiting(events: EventLog, query: Record<string, string>): Promise<LogPage> {
  const after: Position = { epoch: Number(query.epoch ?? 1), position: BigInt(query.after ?? '0') }
  const types = (query.types ?? '').split(',').filter((type) => type !== '')
  const limit = Math.min(Number(query.limit ?? 100), 1_000)
  const page = await events.read(after, limit, types)
  const waitMs = Math.min(Number(query.wait_ms ?? 0), MAX_WAIT_MS)
  if (isBefore(after, page.upTo) || waitMs === 0) return page
  await appended(events, waitMs)
  return events.read(after, limit, types)
}

function appended(events: EventLog, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = events.onAppended(() => done())
    const timer = setTimeout(() => done(), waitMs)
    const done = (): void => {
      clearTimeout(timer)
      stop()
      resolve()
    }
  })
}

function decodeClaims(token: string): unknown {
  try {
    return decode(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString())
  } catch {
    return null
  }
}
