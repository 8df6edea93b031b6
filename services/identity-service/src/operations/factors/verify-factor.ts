import * as api from '#contracts/api/identity.ts'
import { userLoginFailed } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { CODE_TRIES, isLocked } from '../../domain/lockout.ts'
import { problems } from '../../problems.ts'
import { countSourceFailure } from '../../store/attempts.ts'
import { useRecoveryCode, useTotp } from '../../store/factors.ts'
import { openSession } from '../../store/sessions.ts'
import { countLoginFailure, endChallenges, type Lane, lockLane } from '../../store/sign-in-lane.ts'
import type { ChallengeRow, FactorRow, UserRow } from '../../tables.ts'

/**
 * Completes a sign-in with a code of the authenticator or of the recovery list. Wrong ones count with wrong passwords, and the lock they
 * lead to ends the challenge: a second factor cannot be guessed through a half-finished sign-in.
 */
export const verifyFactor = implement(api.verifyFactor, {
  async run({ body }, context) {
    const { tx, own, clock } = context
    const now = clock.wall.now()
    const [found] = await tx<{ email_hash: string; device_id: string | null }[]>`
      select email_hash, device_id from login_challenges join users using (user_id) where challenge_id = ${body.challenge_id}`
    if (found === undefined) throw new Problem(problems.CHALLENGE_GONE)
    // The challenge is locked after the user, so that no two sign-ins wait for each other.
    const { lane, user } = await lockLane(tx, own.vault, found, now)
    const [challenge] = await tx<ChallengeRow[]>`
      select * from login_challenges where challenge_id = ${body.challenge_id} for update`
    if (user?.is_active !== true || challenge === undefined || challenge.expires_at <= now)
      throw new Problem(problems.CHALLENGE_GONE)
    if (challenge.tries >= CODE_TRIES || isLocked(lane, now)) throw new Problem(problems.TOO_MANY_TRIES)
    if (!(await isRight(context, user, body.code))) return fail(context, lane, user, challenge)
    await tx`delete from login_challenges where challenge_id = ${challenge.challenge_id}`
    return openSession(context, user, { lane, device_id: challenge.device_id, amr: ['pwd', 'otp'] })
  },
})

async function isRight({ tx, own, clock }: WriteContext<Own>, user: UserRow, code: string): Promise<boolean> {
  const now = clock.wall.now()
  if (code.includes('-')) return useRecoveryCode(tx, own.vault, user, code, now)
  const [factor] = await tx<FactorRow[]>`
    select * from factors where user_id = ${user.user_id} and confirmed_at is not null for update`
  return factor !== undefined && useTotp(tx, own.vault, factor, code, now)
}

async function fail(
  { tx, clock, caller }: WriteContext<Own>,
  lane: Lane,
  user: UserRow,
  challenge: ChallengeRow,
): Promise<never> {
  const now = clock.wall.now()
  const { user_id } = user
  const { failures, locked_until } = await countLoginFailure(tx, lane, now)
  await countSourceFailure(tx, caller.ip_hash, now)
  await tx`update login_challenges set tries = tries + 1 where challenge_id = ${challenge.challenge_id}`
  if (locked_until !== null) await endChallenges(tx, lane, user_id)
  const data = { user_id, reason: 'SECOND_FACTOR_WRONG', ip_hash: caller.ip_hash, failed_attempts: failures }
  await publish(tx, occurred(userLoginFailed, data))
  return refuse(new Problem(problems.CODE_WRONG), { keep: true })
}
