import type { ProblemPointer } from '#libs/problem/problem.ts'
import { defineProblems, Fault, Problem, type ProblemKind, platformProblems } from '#libs/problem/problem.ts'
import { brokenConstraint, isConnectionLost, isOfTheLoad } from '#libs/sql/database.ts'

/** An RFC 9457 body with the bank's members. */
export interface ProblemBody {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: string
  correlation_id: string
  errors?: readonly ProblemPointer[]
  outcome?: 'nothing_moved' | 'unknown'
  [extra: string]: unknown
}

/** What every service maps besides its own problems: the names of broken constraints to refusals. */
export type ConstraintProblems = Readonly<Record<string, ProblemKind>>

/** The refusal that an error is: a thrown Problem, or a broken constraint that the service has a problem for. */
export function refusalOf(error: unknown, constraints: ConstraintProblems): Problem | undefined {
  if (error instanceof Problem) return error
  const kind = constraints[brokenConstraint(error) ?? '']
  return kind === undefined ? undefined : new Problem(kind)
}

/** True when something is away or has no room left, so that the same request may succeed later. */
export function isAway(error: unknown): boolean {
  return error instanceof Fault || isConnectionLost(error) || isOfTheLoad(error)
}

/** The problem that an error stands for; undefined when it is our own bug. */
export function problemOf(error: unknown, constraints: ConstraintProblems): Problem | undefined {
  if (isAway(error)) {
    const retryAfterS = error instanceof Fault ? error.retryAfterS : 1
    return new Problem(platformProblems.UNAVAILABLE, { headers: { 'retry-after': String(retryAfterS) } })
  }
  return refusalOf(error, constraints)
}

/** The body of a problem as answered to one request. Money writes say what became of the money. */
export function bodyOf(
  problem: Problem,
  request: { instance: string; correlation_id: string; money: boolean },
): ProblemBody {
  const { kind, options } = problem
  const body: ProblemBody = {
    type: `urn:bankflow:problem:${kind.code.toLowerCase().replaceAll('_', '-')}`,
    title: kind.title,
    status: kind.status,
    detail: options.detail ?? kind.title,
    instance: request.instance,
    code: kind.code,
    correlation_id: request.correlation_id,
  }
  if (options.errors !== undefined && options.errors.length > 0) body.errors = options.errors
  if (request.money) {
    // Who refuses before the operation is asked may know, whatever the status, that nothing moved.
    const isUnknown = kind.status >= 500 && options.extra?.outcome !== 'nothing_moved'
    body.outcome = isUnknown ? 'unknown' : 'nothing_moved'
    body.detail = `${body.detail}${/[.!?]$/.test(body.detail) ? '' : '.'} ${isUnknown ? UNKNOWN : NOTHING_MOVED}`
  }
  return { ...body, ...options.extra }
}

const NOTHING_MOVED = 'No money was moved.'
const UNKNOWN = 'Whether money moved is unknown; repeat the request with the same Idempotency-Key to find out.'

/** Rebuilds a Problem from a body that another process or an earlier request produced, its extra members included. */
export function problemFrom(body: ProblemBody): Problem {
  const {
    code,
    status,
    title,
    detail,
    errors,
    type: _t,
    instance: _i,
    correlation_id: _c,
    outcome: _o,
    ...extra
  } = body
  return new Problem(
    { code, status, title },
    {
      detail: detail.replace(` ${NOTHING_MOVED}`, ''),
      ...(errors ? { errors } : {}),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    },
  )
}

/** The part of a problem that is stored under a key: enough to refuse again in the same words. */
export function storedProblem(problem: Problem): unknown {
  const { kind, options } = problem
  return {
    code: kind.code,
    status: kind.status,
    title: kind.title,
    detail: options.detail,
    errors: options.errors,
    extra: options.extra,
  }
}

/** A Problem from what `storedProblem` kept. */
export function restoredProblem(stored: unknown): Problem {
  const { code, status, title, detail, errors, extra } = stored as ProblemKind & Problem['options']
  return new Problem(
    { code, status, title },
    {
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined ? {} : { errors }),
      ...(extra === undefined ? {} : { extra }),
    },
  )
}

/** Problems of the wire itself that only the HTTP edge produces. */
export const wireProblems = defineProblems({
  MALFORMED_REQUEST: [400, 'This is not a readable HTTP request'],
  REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
  HEADERS_TOO_LARGE: [431, 'The headers of the request are too large'],
  CORS_REFUSED: [403, 'This origin may not call the bank'],
  HOST_REFUSED: [403, 'This host name is not served here'],
})
