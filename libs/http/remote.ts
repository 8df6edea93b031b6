import { hash, type KeyObject } from 'node:crypto'
import { type Caller, serviceCaller, type Verdict } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { CLOCKS_APART_S, signJwt, verifyJwt } from '#libs/crypto/jwt.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'
import { decode, encode } from '#libs/json/json.ts'
import { Fault, Problem, platformProblems, Unreachable } from '#libs/problem/problem.ts'
import { currentTrace } from '#libs/telemetry/context.ts'
import { noteAnswer } from './client-span.ts'
import type { Discovery } from './discovery.ts'
import type { Request } from './executor.ts'
import { type ProblemBody, problemFrom, restoredProblem } from './problem-reply.ts'
import { remembered } from './remembered.ts'

const SERVICE_TOKEN_TYP = 'service+jwt'
const SERVICE_TOKEN_TTL_S = 60
const DEADLINE_MS = 15_000

/** The verdict on one member on the wire: an answer, a refusal, or that nothing is known of it. */
export type WireVerdict = { reply: unknown } | { problem: unknown } | { fault: true; detail: string }

/** Services in other processes. */
export interface RemotePeers {
  call(service: string, operation: Operation, request: Request): Promise<unknown>
  callMany(service: string, operation: Operation, requests: readonly Request[]): Promise<Verdict<unknown>[]>
}

export interface RemoteOptions {
  /** Where services are that run elsewhere. */
  others: Pick<Discovery, 'send'>
  key: SigningKey
  nowS(): number
}

/** HTTP calls to peers, each with a fresh token and a deadline. Only what reached nobody is sent again: only the outermost caller repeats. */
export function createRemotePeers(options: RemoteOptions): RemotePeers {
  const post = async (
    service: string,
    target: string,
    path: string,
    init: RequestInit,
    request: Request,
  ): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${serviceToken(options, service, target, request.caller)}`)
    headers.set('x-correlation-id', request.trace.correlation_id)
    headers.set('traceparent', (currentTrace() ?? request.trace).traceparent)
    const sending = { deadlineMs: DEADLINE_MS, repeat: 'unsent', isWhole: true } as const
    const { base, answer } = await options.others.send(target, path, { ...init, headers }, sending)
    return noteAnswer(base, answer)
  }
  return {
    call: async (service, operation, request) => {
      const headers: Record<string, string> = request.key === undefined ? {} : { 'idempotency-key': request.key }
      const init: RequestInit = { method: operation.method, headers }
      if (operation.method !== 'GET') {
        headers['content-type'] = 'application/json'
        init.body = encode(request.input.body)
      }
      const response = await post(service, operation.service, pathOf(operation, request), init, request)
      return replyOf(operation, response)
    },
    callMany: async (service, operation, requests) => {
      const members = requests.map(({ input, caller, trace, key }) => ({ input, caller, trace, key }))
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: encode({ members }) }
      const response = await post(
        service,
        operation.service,
        `/internal/batch/${operation.id}`,
        init,
        requests[0] as Request,
      )
      if (!response.ok) throw await failureOf(operation, response)
      const { verdicts } = (await bodyOf(operation, response)) as { verdicts: WireVerdict[] }
      if (verdicts?.length !== requests.length) throw new Fault(`${operation.service} answered something else`)
      const [fault, ...more] = verdicts.filter((verdict) => 'fault' in verdict)
      if (fault !== undefined)
        throw new Fault(`${operation.id} failed for ${more.length + 1} of ${requests.length} members: ${fault.detail}`)
      return verdicts.map((verdict) =>
        'problem' in verdict
          ? { problem: restoredProblem(verdict.problem) }
          : { reply: operation.shapes.reply.revive((verdict as { reply: unknown }).reply) },
      )
    },
  }
}

function pathOf(operation: Operation, request: Request): string {
  const params = request.input.params as Record<string, unknown>
  const path = operation.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(request.input.query as object))
    if (value !== undefined) query.set(name, String(value))
  const prefix = /^\/(internal|sandbox|\.well-known)\//.test(operation.path) ? '' : '/api/v1'
  return `${prefix}${path}${query.size > 0 ? `?${query}` : ''}`
}

async function replyOf(operation: Operation, response: Response): Promise<unknown> {
  if (!response.ok) throw await failureOf(operation, response)
  if (response.status === 204) return undefined
  return operation.shapes.reply.revive(await bodyOf(operation, response))
}

/** The JSON of an answer; a Fault when it breaks off or is none, because nothing is known then. */
async function bodyOf(operation: Operation, response: Response): Promise<unknown> {
  try {
    return decode(await response.text())
  } catch (cause) {
    throw new Fault(`the answer of ${operation.service} to ${operation.id} cannot be read`, { cause })
  }
}

/** What says something about us, and nothing about what was asked: our token is refused, or there are too many of us. */
const ABOUT_US: ReadonlySet<number> = new Set([401, 408, 429])
/** What the other service, or who stands before it, says of itself: it is away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504])

/** Below 500 the other service has decided: its problem, in its words. Otherwise nothing is known: a Fault. */
async function failureOf(operation: Operation, response: Response): Promise<Error> {
  const isDecided = response.status < 500 && !ABOUT_US.has(response.status)
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true
  if (isDecided && isProblem) return problemFrom((await bodyOf(operation, response)) as ProblemBody)
  await response.body?.cancel()
  const isAway = ABOUT_US.has(response.status) || AWAY.has(response.status)
  return new (isAway ? Unreachable : Fault)(`${operation.service} answered ${response.status} to ${operation.id}`)
}

/** Tokens and verdicts are kept for part of their minute: making and checking a signature costs more than the rest of a call. */
const REUSED_FOR_S = 20
const MOST_KEPT = 5_000
const issued = new WeakMap<RemoteOptions, Map<string, { token: string; until_s: number }>>()
const verified = new WeakMap<KeysOfService, Map<string, { caller: Caller; vouched: Vouched; until_s: number }>>()

/** What a service says in its own name of a request that it forwards. */
export interface Vouched {
  service: string
  /** SHA-256 (base64url) of the access token whose possession it has seen proved, or null. */
  pop: string | null
  /** The certificate (PEM) of the connection that the request came by, or null. */
  certificate: string | null
}

type KeysOfService = (service: string) => ReadonlyMap<string, KeyObject>

/** The map that belongs to `owner`; it forgets the oldest half when it is full. */
function keptBy<Owner extends WeakKey, Kept>(all: WeakMap<Owner, Map<string, Kept>>, owner: Owner): Map<string, Kept> {
  const kept = all.get(owner) ?? new Map<string, Kept>()
  all.set(owner, kept)
  if (kept.size >= MOST_KEPT) for (const key of kept.keys().take(MOST_KEPT / 2)) kept.delete(key)
  return kept
}

function serviceToken(options: RemoteOptions, service: string, target: string, caller: Caller): string {
  const kept = keptBy(issued, options)
  const { sub, session_id, client_id, device_id, ip_hash, acr, auth_time, grant } = caller
  const key = JSON.stringify([service, target, sub, session_id, client_id, device_id, ip_hash, acr, auth_time, grant])
  const known = kept.get(key)
  const now_s = options.nowS()
  if (known !== undefined && now_s < known.until_s) return known.token
  const token = newServiceToken(options, service, target, caller)
  kept.set(key, { token, until_s: now_s + REUSED_FOR_S })
  return token
}

function newServiceToken(options: RemoteOptions, service: string, target: string, caller: Caller): string {
  const { sub, customer_id, session_id, client_id, device_id, amr, acr, auth_time, grant, ip_hash } = caller
  const claims = {
    iss: service,
    aud: target,
    sub,
    acting: { customer_id, session_id, client_id, device_id, amr, acr, auth_time, grant, ip_hash },
  }
  return signJwt(claims, {
    key: options.key,
    typ: SERVICE_TOKEN_TYP,
    ttl_s: SERVICE_TOKEN_TTL_S,
    now_s: options.nowS(),
  })
}

/**
 * The service behind a token, for whom it acts included. A 401 Problem when it is not one of `services`, not meant for `audience`, or not
 * signed by the key that the service is known by.
 */
export function callerOfServiceToken(
  token: string,
  audience: string,
  keysOfService: KeysOfService,
  nowS: number,
): Caller {
  return knownServiceToken(token, audience, keysOfService, nowS).caller
}

/** What the service behind a token vouches for, which is the gateway's to say and nobody else's. A 401 Problem as above. */
export function vouchedByToken(token: string, audience: string, keysOfService: KeysOfService, nowS: number): Vouched {
  return knownServiceToken(token, audience, keysOfService, nowS).vouched
}

function knownServiceToken(
  token: string,
  audience: string,
  keysOfService: KeysOfService,
  nowS: number,
): { caller: Caller; vouched: Vouched } {
  const kept = keptBy(verified, keysOfService)
  const digest = hash('sha256', `${audience} ${token}`, 'base64url')
  const known = kept.get(digest)
  if (known !== undefined && nowS < known.until_s) return known
  const { exp, ...found } = checkedServiceToken(token, audience, keysOfService, nowS)
  kept.set(digest, { ...found, until_s: exp })
  return found
}

function checkedServiceToken(
  token: string,
  audience: string,
  keysOfService: KeysOfService,
  nowS: number,
): { caller: Caller; vouched: Vouched; exp: number } {
  const issuer = issuerOf(token)
  const verdict = verifyJwt(token, {
    keys: keysOfService(issuer),
    typ: SERVICE_TOKEN_TYP,
    issuer,
    audience,
    now_s: nowS,
    ahead_s: CLOCKS_APART_S,
  })
  if (!verdict.ok) throw new Problem(platformProblems.UNAUTHENTICATED)
  const { sub, acting, pop, certificate, exp } = verdict.claims as unknown as ServiceClaims
  const vouched = { service: issuer, pop: pop ?? null, certificate: certificate ?? null }
  return { caller: { ...serviceCaller(issuer), sub: sub ?? null, ...personOf(acting ?? {}) }, vouched, exp }
}

type Acting = Pick<
  Caller,
  'customer_id' | 'session_id' | 'client_id' | 'device_id' | 'amr' | 'acr' | 'auth_time' | 'grant' | 'ip_hash'
>
interface ServiceClaims extends Partial<Pick<Vouched, 'pop' | 'certificate'>> {
  sub?: string | null
  acting?: Partial<Acting>
  exp: number
}

/** Field by field: whatever else a token says (a kind, roles) makes no other caller of a service. */
function personOf(acting: Partial<Acting>): Acting {
  const { customer_id = null, session_id = null, client_id = null, device_id = null, ip_hash = null } = acting
  const { amr = [], acr = null, auth_time = null, grant = null } = acting
  return { customer_id, session_id, client_id, device_id, amr, acr, auth_time, grant, ip_hash }
}

function issuerOf(token: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString()) as { iss?: unknown }
    return typeof claims.iss === 'string' ? claims.iss : ''
  } catch {
    return ''
  }
}

/** True for a token that claims to be a service's; which key decides is then up to `callerOfServiceToken`. */
export function isServiceToken(token: string): boolean {
  return isServiceHeader(token.slice(0, Math.max(token.indexOf('.'), 0)))
}

/** The first part of a token says nothing but its key and type, and there are few of them: each is read once. */
const isServiceHeader = remembered(100, (header: string): boolean => {
  try {
    const { typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { typ?: unknown }
    return typ === SERVICE_TOKEN_TYP
  } catch {
    return false
  }
})

/** Fetches paths of other services as `service`: the text of the answer, or a Fault. */
export function fetchAs(
  service: string,
  options: RemoteOptions,
): (target: string, path: string, waitMs: number) => Promise<string> {
  return async (target, path, waitMs) => {
    const headers = { authorization: `Bearer ${serviceToken(options, service, target, serviceCaller(service))}` }
    const sending = { deadlineMs: DEADLINE_MS + waitMs, repeat: 'unsent', isWhole: true } as const
    const { answer } = await options.others.send(target, path, { headers }, sending)
    if (!answer.ok) throw new Fault(`${target} answered ${answer.status} to ${path.split('?', 1)[0]}`)
    return answer.text()
  }
}
