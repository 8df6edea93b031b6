import { userLoginFailed } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { AskedFor, WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { CODE_TRIES, isLocked, secondsAfter, secondsUntil } from '../domain/lockout.ts'
import { isStaff } from '../domain/tokens.ts'
import { checkPassword, type PasswordCheck } from '../passwords.ts'
import { problems } from '../problems.ts'
import type { ChallengeRow, FactorRow, UserRow } from '../tables.ts'
import { countSourceFailure, isSourceExhausted } from './attempts.ts'
import { spendRecoveryCode, spendTotp } from './factors.ts'
import { sendCode } from './mails.ts'
import { countLoginFailure, endChallenges, type Lane, lockLane, readLane } from './sign-in-lane.ts'
import { userByEmail } from './users.ts'

/** What a person signs in with, whatever the session is kept in. */
interface Attempt {
  email: string
  password: string
  device_id?: string
}

/** A whole sign-in: who came in and how. A session is opened for it. */
export interface Entered {
  user: UserRow
  lane: Lane
  device_id: string | null
  /** RFC 8176: `pwd`, `otp`. */
  amr: string[]
}

/** A sign-in that still lacks its second factor, as the contract says it. */
interface Challenged {
  status: 'MFA_REQUIRED'
  challenge_id: string
  factors: ('TOTP' | 'RECOVERY_CODE')[]
  expires_at: string
}

/** The hash is computed before the transaction, so that it holds no connection; null when it is refused without one. */
export async function checkAttempt(
  body: Attempt,
  { sql, own, clock, caller }: Pick<AskedFor<Own>, 'sql' | 'own' | 'clock' | 'caller'>,
): Promise<PasswordCheck | null> {
  const now = clock.wall.now()
  if (isLocked(await readLane(sql, own.vault, attemptedBy(own, body)), now)) return null
  if (await isSourceExhausted(sql, caller.ip_hash, own.settings.failures_per_source, now)) return null
  return checkPassword(await userByEmail(sql, own.vault, body.email), body.password)
}

/**
 * Lets somebody in, or opens a challenge for the second factor. Failures are counted per address, known to the bank or not, and per network
 * source; after some of them nobody is let in for a while, save from devices that the user signed in from before, which are counted each for
 * itself. A locked address says ACCOUNT_LOCKED whatever the password and whether or not it is known: if only the right password heard it,
 * guessing could go on through the lock; if only known addresses did, they could be told apart.
 */
export async function enter(
  body: Attempt,
  context: WriteContext<Own>,
  check: PasswordCheck | null,
): Promise<Entered | Challenged> {
  const { tx, own, clock, caller } = context
  const now = clock.wall.now()
  if (await isSourceExhausted(tx, caller.ip_hash, own.settings.failures_per_source, now))
    refuse(new Problem(problems.TOO_BUSY, { headers: { 'retry-after': '900' } }), { keep: true })
  const { lane, user } = await lockLane(tx, own.vault, attemptedBy(own, body), now)
  if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
  // Parallel guesses were all checked before the first was counted; here they pass one by one.
  if (check === null || isLocked(lane, now)) refuseLocked(lane, now)
  const right = check.matches && check.seen === user?.password_hash
  if (user === undefined || !right || !user.is_active) return failPassword(context, lane, user)
  if (check.rehashed !== null)
    await tx`update users set password_hash = ${check.rehashed} where user_id = ${user.user_id}`
  if (!user.is_verified) {
    await sendCode(context, user, 'VERIFY')
    refuse(new Problem(problems.NOT_VERIFIED), { keep: true })
  }
  const entered: Entered = { user, lane, device_id: body.device_id ?? null, amr: ['pwd'] }
  if (user.mfa_enabled) return challenge(context, entered)
  if (own.profile === 'production' && isStaff(user.roles))
    refuse(new Problem(problems.MFA_ENROLMENT_REQUIRED), { keep: true })
  return entered
}

/**
 * Completes a sign-in with a code of the authenticator or of the recovery list. Wrong ones count with wrong passwords, and the lock they
 * lead to ends the challenge: a second factor cannot be guessed through a half-finished sign-in.
 */
export async function enterByFactor(
  body: { challenge_id: string; code: string },
  context: WriteContext<Own>,
): Promise<Entered> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const [found] = await tx<{ email_hash: string; device_id: string | null }[]>`
    select email_hash, device_id from login_challenges join users using (user_id) where challenge_id = ${body.challenge_id}`
  if (found === undefined) throw new Problem(problems.CHALLENGE_GONE)
  // The challenge is locked after the user, so that no two sign-ins wait for each other.
  const { lane, user } = await lockLane(tx, own.vault, found, now)
  if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
  const [standing] = await tx<ChallengeRow[]>`
    select * from login_challenges where challenge_id = ${body.challenge_id} for update`
  if (user?.is_active !== true || standing === undefined || standing.expires_at <= now)
    throw new Problem(problems.CHALLENGE_GONE)
  if (standing.tries >= CODE_TRIES || isLocked(lane, now)) throw new Problem(problems.TOO_MANY_TRIES)
  if (!(await isRight(context, user, body.code))) return failFactor(context, lane, user, standing)
  await tx`delete from login_challenges where challenge_id = ${standing.challenge_id}`
  return { user, lane, device_id: standing.device_id, amr: ['pwd', 'otp'] }
}

function attemptedBy(own: Own, body: Attempt): { email_hash: string; device_id: string | null } {
  return { email_hash: own.vault.emailHash(body.email), device_id: body.device_id ?? null }
}

/** Refuses because of a lock, and says how long it stands. */
export function refuseLocked(lane: Lane, now: Date): never {
  const wait_s = lane.locked_until === null ? 1 : secondsUntil(lane.locked_until, now)
  refuse(new Problem(problems.ACCOUNT_LOCKED, { headers: { 'retry-after': String(wait_s) } }), { keep: true })
}

/** Counts the failure and refuses; the count stays. */
async function failPassword(context: WriteContext<Own>, lane: Lane, user: UserRow | undefined): Promise<never> {
  await countFailure(context, lane, user, 'CREDENTIALS_WRONG')
  return refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
}

async function failFactor(
  context: WriteContext<Own>,
  lane: Lane,
  user: UserRow,
  { challenge_id }: ChallengeRow,
): Promise<never> {
  await context.tx`update login_challenges set tries = tries + 1 where challenge_id = ${challenge_id}`
  await countFailure(context, lane, user, 'SECOND_FACTOR_WRONG')
  return refuse(new Problem(problems.CODE_WRONG), { keep: true })
}

/** Counts for the lane and for the source, and tells it; a lock that begins ends half-finished sign-ins. */
export async function countFailure(
  { tx, clock, caller }: WriteContext<Own>,
  lane: Lane,
  user: UserRow | undefined,
  reason: string,
): Promise<void> {
  const now = clock.wall.now()
  const { failures, locked_until } = await countLoginFailure(tx, lane, user, now)
  await countSourceFailure(tx, caller.ip_hash, now)
  if (user === undefined) return
  const { user_id } = user
  const data = { user_id, reason, ip_hash: caller.ip_hash, failed_attempts: failures }
  await publish(tx, occurred(userLoginFailed, data))
  if (locked_until !== null) await endChallenges(tx, lane, user_id)
}

async function isRight({ tx, own, clock }: WriteContext<Own>, user: UserRow, code: string): Promise<boolean> {
  const now = clock.wall.now()
  if (code.includes('-')) return spendRecoveryCode(tx, own.vault, user, code, now)
  const [factor] = await tx<FactorRow[]>`
    select * from factors where user_id = ${user.user_id} and confirmed_at is not null for update`
  return factor !== undefined && spendTotp(tx, own.vault, factor, code, now)
}

/** The password was right, a second factor is still to come. */
async function challenge(
  { tx, own, clock, mintId }: WriteContext<Own>,
  { user, lane, device_id }: Entered,
): Promise<Challenged> {
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
