import type { FactorWord } from '#contracts/enums.ts'
import type { AskedFor, WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { isLocked, secondsUntil } from '../domain/lockout.ts'
import { isStaff } from '../domain/tokens.ts'
import { checkPassword, type PasswordCheck } from '../passwords.ts'
import { problems } from '../problems.ts'
import type { UserRow } from '../tables.ts'
import { answerIn, type FactorAnswer } from './challenge-answers.ts'
import { answerChallenge, openChallenge } from './challenges.ts'
import { sendCode } from './mails.ts'
import { isPasswordTooLittle, tellBreached, waitOf } from './sign-in-demands.ts'
import { countFailure } from './sign-in-failures.ts'
import { type Lane, lockLane, readLane } from './sign-in-lane.ts'
import { countGuess } from './stuffing.ts'
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
  factors: FactorWord[]
  expires_at: string
}

/** The hash is computed before the transaction, so that it holds no connection; null when it is refused without one. */
export async function checkAttempt(
  body: Attempt,
  { sql, own, clock, caller }: Pick<AskedFor<Own>, 'sql' | 'own' | 'clock' | 'caller'>,
): Promise<PasswordCheck | null> {
  const now = clock.wall.now()
  const lane = await readLane(sql, own.vault, attemptedBy(own, body))
  if (isLocked(lane, now) || (await waitOf(sql, own, { lane, ip_hash: caller.ip_hash, now })) > 0) return null
  return checkPassword(await userByEmail(sql, own.vault, body.email), body.password, own.breached)
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
  const attempted = attemptedBy(own, body)
  const known = await readLane(tx, own.vault, attempted)
  const wait_s = await waitOf(tx, own, { lane: known, ip_hash: caller.ip_hash, now })
  if (wait_s > 0) refuse(new Problem(problems.TOO_BUSY, { headers: { 'retry-after': String(wait_s) } }), { keep: true })
  const { lane, user } = await lockLane(tx, own.vault, attempted, now)
  if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
  // Parallel guesses were all checked before the first was counted; here they pass one by one.
  if (check === null || isLocked(lane, now)) refuseLocked(lane, now)
  const right = check.matches && check.seen === user?.password_hash
  if (user === undefined || !right || !user.is_active) return failPassword(context, lane, user, body)
  if (check.rehashed !== null)
    await tx`update users set password_hash = ${check.rehashed} where user_id = ${user.user_id}`
  if (!user.is_verified) {
    await sendCode(context, user, 'VERIFY')
    refuse(new Problem(problems.NOT_VERIFIED), { keep: true })
  }
  if (own.profile === 'production' && isStaff(user.roles))
    refuse(new Problem(problems.PASSKEY_REQUIRED), { keep: true })
  if (check.is_breached) await tellBreached(context, user)
  const entered: Entered = { user, lane, device_id: body.device_id ?? null, amr: ['pwd'] }
  return user.mfa_enabled || (await isPasswordTooLittle(context, { lane, check, password: body.password }))
    ? challenge(context, entered)
    : entered
}

/**
 * Completes a sign-in with a second factor. Wrong ones count with wrong passwords, and the lock they lead to ends the challenge: a second
 * factor cannot be guessed through a half-finished sign-in.
 */
export async function enterByFactor(
  { challenge_id, ...body }: { challenge_id: string } & FactorAnswer,
  context: WriteContext<Own>,
): Promise<Entered> {
  const answered = await answerChallenge(context, { challenge_id, purpose: 'LOGIN', answer: answerIn(body) })
  const { user, lane, challenge, amr } = answered
  // The mailbox resets the password, too: of somebody without a second factor it proves no second one.
  const proved = user.mfa_enabled ? amr : amr.filter((word) => word !== 'otp')
  return { user, lane, device_id: challenge.device_id, amr: proved }
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
async function failPassword(
  context: WriteContext<Own>,
  lane: Lane,
  user: UserRow | undefined,
  { password }: Attempt,
): Promise<never> {
  await countFailure(context, lane, user, 'CREDENTIALS_WRONG')
  if (lane.device_hash === null) await countGuess(context, { email_hash: lane.email_hash, password })
  return refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
}

/** The password was right, a second factor is still to come. */
async function challenge(context: WriteContext<Own>, { user, device_id, amr }: Entered): Promise<Challenged> {
  const opened = await openChallenge(context, { user, purpose: 'LOGIN', device_id, amr })
  return { status: 'MFA_REQUIRED', ...opened, expires_at: opened.expires_at.toISOString() }
}
