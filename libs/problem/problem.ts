/** A row of a catalogue of refusals: the code that machines read, the HTTP status and the title that people read. */
export interface ProblemKind {
  readonly code: string
  readonly status: number
  readonly title: string
}

/** One thing wrong in the input: a JSON pointer (`/amount_cents`, or a name of a query or header field) and what is allowed there. */
export interface ProblemPointer {
  readonly pointer: string
  readonly detail: string
}

type StandardMember = 'type' | 'title' | 'status' | 'detail' | 'instance' | 'code' | 'correlation_id' | 'errors'

export interface ProblemOptions {
  detail?: string
  errors?: readonly ProblemPointer[]
  /** Extra members of the RFC 9457 body: ids and amounts that help the caller, never internals. None takes the place of what a problem always says. */
  extra?: Readonly<Record<string, unknown>> & { readonly [Name in StandardMember]?: never }
  headers?: Readonly<Record<string, string>>
}

/** An expected refusal (RFC 9457). Thrown inside an operation it rolls everything back, so that it can say that nothing happened. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly options: ProblemOptions
  /** True when what the operation wrote before refusing must stay (a failed login's counter). */
  keep = false

  constructor(kind: ProblemKind, options: ProblemOptions = {}) {
    super(options.detail ?? kind.title)
    this.name = 'Problem'
    this.kind = kind
    this.options = options
  }
}

/** A dependency failed or is too busy: 503 with `retry-after`. Only the outermost caller retries. */
export class Fault extends Error {
  readonly retryAfterS: number

  constructor(message: string, options: { cause?: unknown; retryAfterS?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.retryAfterS = options.retryAfterS ?? 1
  }
}

/** Nothing answered, or what answered speaks of itself only: it says nothing about what was asked. */
export class Unreachable extends Fault {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'Unreachable'
  }
}

/** Builds a catalogue `{ CODE: { code, status, title } }` from `{ CODE: [status, title] }`. */
export function defineProblems<const Code extends string>(
  rows: Readonly<Record<Code, readonly [status: number, title: string]>>,
): Readonly<Record<Code, ProblemKind>> {
  const kinds = {} as Record<Code, ProblemKind>
  for (const [code, [status, title]] of Object.entries(rows) as [Code, readonly [number, string]][]) {
    kinds[code] = Object.freeze({ code, status, title })
  }
  return Object.freeze(kinds)
}

/**
 * Refuses. With `keep` the transaction commits what was written before: for refusals that must leave a trace, like a failed login.
 * Everywhere else a thrown problem rolls back.
 */
export function refuse(problem: Problem, options: { keep?: boolean } = {}): never {
  problem.keep = options.keep ?? false
  throw problem
}

/** Fails on a broken invariant of ours: answered as 500 and logged, never caught locally. */
export function invariant(holds: unknown, message: string): asserts holds {
  if (!holds) throw new Error(`invariant broken: ${message}`)
}

/** A union that should be closed was not: a compile error first, an assertion at run time. */
export function unreachable(value: never): never {
  throw new Error(`invariant broken: unexpected ${String(value)}`)
}

/** The refusals that every service shares, whatever it does. */
export const platformProblems = defineProblems({
  VALIDATION_FAILED: [400, 'The request is not valid'],
  MALFORMED_JSON: [400, 'The body is not valid JSON'],
  IDEMPOTENCY_KEY_REQUIRED: [400, 'This request needs an Idempotency-Key header'],
  UNAUTHENTICATED: [401, 'Sign in to do this'],
  STEP_UP_REQUIRED: [401, 'Confirm this with a strong factor'],
  FORBIDDEN: [403, 'You may not do this'],
  NOT_FOUND: [404, 'Nothing is here'],
  METHOD_NOT_ALLOWED: [405, 'This method is not allowed here'],
  IDEMPOTENCY_KEY_REUSED: [409, 'This Idempotency-Key was used with another request'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Send application/json'],
  RATE_LIMITED: [429, 'Too many requests'],
  INTERNAL: [500, 'Something went wrong on our side'],
  UNAVAILABLE: [503, 'The bank cannot answer right now'],
})
