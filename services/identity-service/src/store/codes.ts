import { sameBytes } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { CODE_TRIES } from '../domain/lockout.ts'
import { problems } from '../problems.ts'
import type { CodePurpose, CodeRow, UserRow } from '../tables.ts'
import { areCodesSpent, countCodeFailure, countSourceFailure, isSourceExhausted, lockAttempts } from './attempts.ts'
import { lockUserByEmail } from './users.ts'

interface Presented {
  email: string
  code: string
  purpose: CodePurpose
}

/**
 * The user, locked, whose mailed code this is; the code is used up by it. Refuses with CODE_WRONG, or TOO_MANY_TRIES after five wrong ones,
 * and keeps the count. An address whose codes were wrong a hundred times within a month hears CODE_WRONG to any code until that month is
 * over: more tries would add up. An unknown address is counted and refused in the same words; wrong codes count for their source too.
 */
export async function consumeCode(
  { tx, own, clock, caller, namedInTrail }: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'caller' | 'namedInTrail'>,
  { email, code, purpose }: Presented,
): Promise<UserRow> {
  const now = clock.wall.now()
  const email_hash = own.vault.emailHash(email)
  if (await isSourceExhausted(tx, caller.ip_hash, own.settings.failures_per_source, now))
    refuse(new Problem(problems.TOO_BUSY, { headers: { 'retry-after': '900' } }), { keep: true })
  const attempts = await lockAttempts(tx, email_hash, purpose, now)
  if (attempts.failures >= CODE_TRIES) refuse(new Problem(problems.TOO_MANY_TRIES), { keep: true })
  const user = await lockUserByEmail(tx, own.vault, email)
  if (user !== undefined) namedInTrail({ entity_id: user.user_id })
  const [live] = await tx<CodeRow[]>`
    select code_id, code_hash, expires_at from one_time_codes
    where user_id = ${user?.user_id ?? null} and purpose = ${purpose} and consumed_at is null and voided_at is null`
  const spent = await areCodesSpent(tx, email_hash, now)
  const right =
    !spent &&
    live !== undefined &&
    live.expires_at > now &&
    sameBytes(live.code_hash, own.vault.codeHash(live.code_id, code))
  if (user === undefined || !right) {
    await countCodeFailure(tx, attempts, now)
    await countSourceFailure(tx, caller.ip_hash, now)
    refuse(new Problem(problems.CODE_WRONG), { keep: true })
  }
  await tx`update one_time_codes set consumed_at = ${now} where code_id = ${live.code_id}`
  namedInTrail({ user_id: user.user_id })
  return user
}
