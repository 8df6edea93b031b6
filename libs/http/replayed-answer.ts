import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Answer } from './executor.ts'
import type { StoredKey } from './idempotency.ts'
import { restoredProblem } from './problem-reply.ts'

/** The first answer again; another request under the same key is refused, and a refusal is thrown again. */
export function replayed(stored: StoredKey, fingerprint: Buffer): Answer {
  if (!Buffer.from(stored.fingerprint).equals(fingerprint)) throw new Problem(platformProblems.IDEMPOTENCY_KEY_REUSED)
  const headers = { 'idempotency-replayed': 'true' }
  const body = stored.body as { reply?: unknown } | { problem: unknown } | null
  if (body !== null && 'problem' in body) {
    const { kind, options } = restoredProblem(body.problem)
    throw new Problem(kind, { ...options, headers })
  }
  return { status: stored.status, reply: body?.reply, headers }
}
