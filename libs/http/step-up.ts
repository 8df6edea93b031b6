import { hash } from 'node:crypto'
import type { Caller, StepUpProof } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { JwtClaims } from '#libs/crypto/jwt.ts'
import { isId } from '#libs/ids/ids.ts'
import { canonicalJson } from '#libs/json/canonical-json.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** The header in which a proof of step-up comes with the request that it confirms. */
export const STEP_UP_HEADER = 'x-step-up-proof'

/** What the token of a proof says of itself, so that no other token of the same issuer is taken for one. */
export const STEP_UP_TOKEN = { typ: 'step-up+jwt', audience: 'bankflow-step-up' } as const

/** The authentication context that a proof stands for: two factors, linked to what was confirmed. */
export const STEP_UP_ACR = '3'

/** Where a proof is had. */
export const STEP_UP_PATH = '/api/v1/auth/step-up'

/** How long a proof may be good for; those that were used are remembered for longer. */
export const STEP_UP_TTL_S = 300
const REMEMBERED_MS = 3_600_000

/**
 * What a proof is linked to (PSD2 RTS art. 5): base64url SHA-256 of the canonical JSON (RFC 8785) of operation, params and body. Any other
 * amount, payee, account or operation is another digest. Query and headers are no part: writes have none that change what is done.
 */
export function stepUpDigest(operation_id: string, { params, body }: { params: unknown; body: unknown }): string {
  return hash('sha256', canonicalJson([operation_id, params, body]), 'base64url')
}

/** The proof that claims stand for, where it is this caller's and of this session; null for anything else. */
export function proofOf(claims: JwtClaims, caller: Pick<Caller, 'sub' | 'session_id'>): StepUpProof | null {
  const { sub, sid, jti, digest, amr, acr, exp } = claims
  if (acr !== STEP_UP_ACR || typeof jti !== 'string' || !isId(jti) || typeof digest !== 'string') return null
  if (typeof sub !== 'string' || sub !== caller.sub || typeof sid !== 'string' || sid !== caller.session_id) return null
  const words = Array.isArray(amr) ? amr.filter((word) => typeof word === 'string') : []
  return { proof_id: jti, digest, amr: words, exp }
}

/** The caller with the proof that a request brought in its header; one that is not his, over, or not ours is as good as none. */
export async function withProof(
  caller: Caller,
  header: string | readonly string[] | undefined,
  verifier: { claimsOf(token: string, expected: { typ: string; audience: string }): Promise<JwtClaims> },
): Promise<Caller> {
  if (typeof header !== 'string' || caller.kind !== 'user' || caller.grant !== null) return caller
  try {
    return { ...caller, proof: proofOf(await verifier.claimsOf(header, STEP_UP_TOKEN), caller) }
  } catch (error) {
    if (error instanceof Problem) return caller
    throw error
  }
}

/** The proof that came with a request, where it confirms exactly this input and is good now; null otherwise. */
export function proofFor(
  { id }: Pick<Operation, 'id'>,
  input: Pick<InputOf<Operation>, 'params' | 'body'>,
  { proof }: Pick<Caller, 'proof'>,
  now: Date,
): StepUpProof | null {
  if (proof === null || proof.exp * 1000 <= now.getTime()) return null
  return proof.digest === stepUpDigest(id, input) ? proof : null
}

/**
 * The refusal that asks for a proof (RFC 9470). It leaves the idempotency key unused, so that the same request is sent again with the proof.
 * `extra` is what the caller should know besides: why it is asked for.
 */
export function stepUpRequired(
  { id }: Pick<Operation, 'id'>,
  { detail, extra = {} }: { detail?: string; extra?: Readonly<Record<string, unknown>> } = {},
): Problem {
  const challenge = `Bearer error="insufficient_user_authentication", error_description="Confirm it with a strong factor", acr_values="${STEP_UP_ACR}"`
  return new Problem(platformProblems.STEP_UP_REQUIRED, {
    detail:
      detail ??
      `Confirm exactly this request at ${STEP_UP_PATH}, and send it again with the proof in ${STEP_UP_HEADER}`,
    extra: { ...extra, operation: id, acr_values: STEP_UP_ACR, step_up: STEP_UP_PATH },
    headers: { 'www-authenticate': challenge },
  })
}

/** The proof that an operation needs, or its refusal: without one, with one for something else, and with one that is over. */
export function requireProof(
  contract: Operation,
  input: Pick<InputOf<Operation>, 'params' | 'body'>,
  caller: Pick<Caller, 'proof'>,
  now: Date,
): StepUpProof {
  const proof = proofFor(contract, input, caller, now)
  if (proof === null) throw stepUpRequired(contract)
  return proof
}

/** Uses proofs up, in one statement; answers the ids of those that nothing had used before. Twins in the list are used once. */
export async function spendProofs(tx: Tx, proof_ids: readonly string[], now: Date): Promise<ReadonlySet<string>> {
  if (proof_ids.length === 0) return new Set()
  const sorted = [...new Set(proof_ids)].sort()
  const rows = await tx<{ proof_id: string }[]>`
    insert into used_step_up_proofs (proof_id, used_at)
    select proof_id, ${now} from unnest(${textArray(sorted)}::uuid[]) as proof (proof_id)
    on conflict do nothing
    returning proof_id`
  return new Set(rows.map((row) => row.proof_id))
}

/** Uses one proof up for one act, or refuses it: a proof confirms one act. */
export async function spendProof(tx: Tx, contract: Operation, { proof_id }: StepUpProof, now: Date): Promise<void> {
  const free = await spendProofs(tx, [proof_id], now)
  if (!free.has(proof_id)) throw stepUpRequired(contract, { detail: USED })
}

/** What is said of a proof that confirmed an act before. */
export const USED = `This confirmation was used already: confirm the request again at ${STEP_UP_PATH}`

/** Forgets used proofs that are long over, a bounded number at a time; returns how many went. */
export async function forgetUsedProofs(sql: Queryable, now: Date): Promise<number> {
  const before = new Date(now.getTime() - REMEMBERED_MS)
  const gone = await sql`
    delete from used_step_up_proofs where ctid = any(array(select ctid from used_step_up_proofs where used_at < ${before} limit 5000))`
  return gone.count
}
