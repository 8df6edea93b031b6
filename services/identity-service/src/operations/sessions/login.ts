import * as api from '#contracts/api/identity.ts'
import { userLoginFailed } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { isLocked, secondsAfter, secondsUntil } from '../../domain/lockout.ts'
import { isStaff } from '../../domain/tokens.ts'
import { checkPassword, type PasswordCheck } from '../../passwords.ts'
import { problems } from '../../problems.ts'
import { countSourceFailure, isSourceExhausted } from '../../store/attempts.ts'
import { sendCode, sendNotice } from '../../store/mails.ts'
import { openSession } from '../../store/sessions.ts'
import { countLoginFailure, endChallenges, type Lane, lockLane, readLane } from '../../store/sign-in-lane.ts'
import { userByEmail } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Signs in. Failures are counted per address, known to the bank or not, and per network source; after some of them nobody is let in for a
 * while, save from devices that the user signed in from before, which are counted each for itself. A locked address says ACCOUNT_LOCKED whatever the password and whether or not it is known: if only the right password heard it,
 * guessing could go on through the lock; if only known addresses did, they could be told apart.
 */
export const login = implement(api.login, {
  /** The hash is computed out here, so that it holds no connection; null when it is refused without one. */
  async ask({ body }, { sql, own, clock, caller }): Promise<PasswordCheck | null> {
    const now = clock.wall.now()
    if (isLocked(await readLane(sql, own.vault, attemptedBy(own, body)), now)) return null
    if (await isSourceExhausted(sql, caller.ip_hash, own.settings.failures_per_source, now)) return null
    return checkPassword(await userByEmail(sql, own.vault, body.email), body.password)
  },

  async run({ body }, context, check) {
    const { tx, own, clock, caller } = context
    const now = clock.wall.now()
    if (await isSourceExhausted(tx, caller.ip_hash, own.settings.failures_per_source, now))
      refuse(new Problem(problems.TOO_BUSY, { headers: { 'retry-after': '900' } }), { keep: true })
    const { lane, user } = await lockLane(tx, own.vault, attemptedBy(own, body), now)
    // Parallel guesses were all checked before the first was counted; here they pass one by one.
    if (check === null || isLocked(lane, now)) refuseLocked(lane, now)
    const right = check.matches && check.seen === user?.password_hash
    if (user === undefined || !right || !user.is_active) return fail(context, lane, user)
    if (check.rehashed !== null)
      await tx`update users set password_hash = ${check.rehashed} where user_id = ${user.user_id}`
    if (!user.is_verified) {
      await sendCode(context, user, 'VERIFY')
      refuse(new Problem(problems.NOT_VERIFIED), { keep: true })
    }
    const device_id = body.device_id ?? null
    if (user.mfa_enabled) return challenge(context, user, { lane, device_id })
    if (own.profile === 'production' && isStaff(user.roles))
      refuse(new Problem(problems.MFA_ENROLMENT_REQUIRED), { keep: true })
    return { status: 'SIGNED_IN' as const, tokens: await openSession(context, user, { lane, device_id, amr: ['pwd'] }) }
  },
})

function attemptedBy(own: Own, body: { email: string; device_id?: string }) {
  return { email_hash: own.vault.emailHash(body.email), device_id: body.device_id ?? null }
}

function refuseLocked(lane: Lane, now: Date): never {
  const wait_s = lane.locked_until === null ? 1 : secondsUntil(lane.locked_until, now)
  refuse(new Problem(problems.ACCOUNT_LOCKED, { headers: { 'retry-after': String(wait_s) } }), { keep: true })
}

/** Counts the failure and refuses; the count stays. */
async function fail(context: WriteContext<Own>, lane: Lane, user: UserRow | undefined): Promise<never> {
  const { tx, clock, caller } = context
  const now = clock.wall.now()
  const { failures, locked_until } = await countLoginFailure(tx, lane, now)
  await countSourceFailure(tx, caller.ip_hash, now)
  if (user !== undefined) {
    const { user_id } = user
    const data = { user_id, reason: 'CREDENTIALS_WRONG', ip_hash: caller.ip_hash, failed_attempts: failures }
    await publish(tx, occurred(userLoginFailed, data))
    if (locked_until !== null) {
      await endChallenges(tx, lane, user_id)
      await sendNotice(context, user, 'LOCKED')
    }
  }
  return refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
}

/** The password was right, a second factor is still to come. */
async function challenge(
  { tx, own, clock, mintId }: WriteContext<Own>,
  user: UserRow,
  { lane, device_id }: { lane: Lane; device_id: string | null },
): Promise<ReplyOf<typeof api.login>> {
  const now = clock.wall.now()
  const challenge_id = mintId()
  const expires_at = secondsAfter(now, own.settings.challenge_ttl_s)
  await tx`
    insert into login_challenges (challenge_id, user_id, device_id, device_hash, created_at, expires_at)
    values (${challenge_id}, ${user.user_id}, ${device_id}, ${lane.device_hash}, ${now}, ${expires_at})`
  return {
    status: 'MFA_REQUIRED',
    challenge_id,
    factors: ['TOTP', 'RECOVERY_CODE'],
    expires_at: expires_at.toISOString(),
  }
}
