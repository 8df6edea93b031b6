import { sameBytes } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { CODE_TRIES } from '../domain/lockout.ts'
import { problems } from '../problems.ts'
import type { CodePurpose, CodeRow, UserRow } from '../tables.ts'
import { countCodeFailure, lockAttempts } from './attempts.ts'
import { lockUserByEmail } from './users.ts'

interface Presented {
  email: string
  code: string
  purpose: CodePurpose
}

/**
 * The user, locked, whose mailed code this is; the code is used up by it. Refuses with CODE_WRONG, or TOO_MANY_TRIES after five wrong ones,
 * and keeps the count. An unknown address is counted and refused in the same words.
 */
export async function consumeCode(
  { tx, own, clock }: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>,
  { email, code, purpose }: Presented,
): Promise<UserRow> {
  const now = clock.wall.now()
  const attempts = await lockAttempts(tx, own.vault.emailHash(email), purpose, now)
  if (attempts.failures >= CODE_TRIES) refuse(new Problem(problems.TOO_MANY_TRIES), { keep: true })
  const user = await lockUserByEmail(tx, own.vault, email)
  const [live] = await tx<CodeRow[]>`
    select code_id, code_hash, expires_at from one_time_codes
    where user_id = ${user?.user_id ?? null} and purpose = ${purpose} and consumed_at is null and voided_at is null`
  const right =
    live !== undefined && live.expires_at > now && sameBytes(live.code_hash, own.vault.codeHash(live.code_id, code))
  if (user === undefined || !right) {
    await countCodeFailure(tx, attempts, now)
    refuse(new Problem(problems.CODE_WRONG), { keep: true })
  }
  await tx`update one_time_codes set consumed_at = ${now} where code_id = ${live.code_id}`
  return user
}
