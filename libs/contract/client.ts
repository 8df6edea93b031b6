import type { Problem } from '#libs/problem/problem.ts'
import type { InputOf, Operation, ReplyOf } from './operation.ts'

/** What one act is followed by through logs, calls and events. */
export interface Trace {
  correlation_id: string
  traceparent: string
}

/** A detail of what somebody allowed (RFC 9396 §2): a `type`, and what that type needs. */
export interface GrantDetail {
  readonly type: string
  readonly [member: string]: unknown
}

/** What a credential allows that somebody handed out: less than its user may. */
export interface Grant {
  kind: 'third_party' | 'api_key'
  /** Operations name the one that lets such a caller in (`access.scope`). */
  scopes: readonly string[]
  /** The consent behind a third party's token. */
  consent_id: string | null
  /** Exactly what was allowed; none where the scopes say it all. */
  details: readonly GrantDetail[]
}

/** A proof that the caller confirmed one request with a strong factor: good for that request alone, once. */
export interface StepUpProof {
  proof_id: string
  /** Of the operation and its input (`stepUpDigest`). */
  digest: string
  amr: readonly string[]
  /** When it stops being good, in seconds since 1970. */
  exp: number
}

/** Who asks. A service that asks for somebody carries that person's ids. */
export interface Caller {
  kind: 'anonymous' | 'user' | 'service'
  /** The user's id; for a service the acting user's, or null. */
  sub: string | null
  roles: readonly string[]
  customer_id: string | null
  session_id: string | null
  client_id: string | null
  device_id: string | null
  /** Until when the device counts as new, in seconds since 1970; absent where it is not. */
  cooling_until?: number
  /** How the user signed in (RFC 8176): `pwd`, `otp` … */
  amr: readonly string[]
  /** How much that proves: `1` one factor, `2` two, `3` two and linked to what was confirmed. */
  acr: string | null
  /** When the user proved it, in seconds since 1970. */
  auth_time: number | null
  /** Null for the user himself: he may all that he may. */
  grant: Grant | null
  /** What came with this request to confirm it. */
  proof: StepUpProof | null
  /** The calling service, when one does. */
  service: string | null
  ip_hash: string | null
}

/** The verdict on one member of a batch: an answer or a refusal. */
export type Verdict<Reply> = { reply: Reply; problem?: undefined } | { problem: Problem; reply?: undefined }

/** The input of a call; parts that the operation does not have may be left out. */
export type CallInput<Op extends Operation> = Partial<InputOf<Op>>

export interface CallOptions {
  /** `Idempotency-Key` of the call. */
  key?: string
  /** The person on whose behalf the service asks. */
  acting?: Caller
  trace?: Trace
}

/** Asks other services through their contracts, in this process or over HTTP. Throws inside a transaction. */
export interface Client {
  /** The reply, or the other service's Problem thrown, or a Fault when it cannot be reached. */
  call<Op extends Operation>(operation: Op, input: CallInput<Op>, options?: CallOptions): Promise<ReplyOf<Op>>
  /** Many members of a batched operation in one go: a verdict each, in order. Throws a Fault when nothing is known of them. */
  callMany<Op extends Operation>(
    operation: Op,
    members: readonly (CallInput<Op> & CallOptions)[],
  ): Promise<Verdict<ReplyOf<Op>>[]>
}

/** Nobody: a request without a token. */
export const anonymous: Caller = Object.freeze({
  kind: 'anonymous',
  sub: null,
  roles: [],
  customer_id: null,
  session_id: null,
  client_id: null,
  device_id: null,
  amr: [],
  acr: null,
  auth_time: null,
  grant: null,
  proof: null,
  service: null,
  ip_hash: null,
})

/** A service asking, for `acting` where it acts for a person. */
export function serviceCaller(service: string, acting?: Caller): Caller {
  return acting === undefined
    ? { ...anonymous, kind: 'service', service }
    : { ...acting, kind: 'service', roles: [], service }
}
