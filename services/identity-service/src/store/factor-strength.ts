import type { AskedFor, WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { isLocked } from '../domain/lockout.ts'
import { checkPassword, type PasswordCheck } from '../passwords.ts'
import { problems } from '../problems.ts'
import type { UserRow } from '../tables.ts'
import { answerIn, type FactorAnswer } from './challenge-answers.ts'
import { answerChallenge } from './challenges.ts'
import { hasSecondFactor } from './factor-words.ts'
import { countFailure } from './sign-in-failures.ts'
import { type Lane, lockLane } from './sign-in-lane.ts'
import { readUser } from './users.ts'

/** What somebody proves himself with before factors or devices change. */
export interface Strength {
  password?: string
  proof?: { challenge_id: string } & FactorAnswer
}

/** Checks the password before the transaction; null where none was given. */
export async function checkOwnPassword(
  { body }: { body: Strength },
  { sql, caller }: Pick<AskedFor<Own>, 'sql' | 'caller'>,
): Promise<PasswordCheck | null> {
  return body.password === undefined ? null : checkPassword(await readUser(sql, caller.sub), body.password)
}

/**
 * The signed-in user, locked, once he has proved that factors may change: with the password, and with a factor of his own if he has any, so that
 * neither a stolen session nor a stolen password adds or takes one (ASVS 2.2.3, 2.7; NIST SP 800-63B §6.1.2). A passkey that verified its owner is
 * two factors and needs no password. Wrong passwords and codes count with those of the sign-in; a locked sign-in sounds like a wrong password.
 */
export async function proveStrength(
  context: WriteContext<Own>,
  body: Strength,
  check: PasswordCheck | null,
): Promise<UserRow> {
  const { tx, caller } = context
  const found = await readUser(tx, caller.sub)
  if (found === undefined) throw new Problem(problems.CREDENTIALS_WRONG)
  // Under the user's lock, so that no factor comes or goes between the look and the change.
  const { lane, user } = await lockSelf(context, found)
  if (!(await hasSecondFactor(tx, user.user_id))) {
    await requirePassword(context, { lane, user, check })
    return user
  }
  if (body.proof === undefined) throw new Problem(problems.FACTOR_REQUIRED)
  const { challenge_id, ...answer } = body.proof
  const { amr } = await answerChallenge(context, { challenge_id, purpose: 'ENROL', answer: answerIn(answer) })
  // What the session was opened with is none of this proof: only what was answered now is.
  if (!amr.includes('user')) await requirePassword(context, { lane, user, check })
  return user
}

async function lockSelf(
  { tx, own, clock, caller }: WriteContext<Own>,
  { email_hash }: UserRow,
): Promise<{ lane: Lane; user: UserRow }> {
  const attempted = { email_hash, device_id: caller.device_id }
  const { lane, user } = await lockLane(tx, own.vault, attempted, clock.wall.now())
  if (user?.is_active !== true) throw new Problem(problems.CREDENTIALS_WRONG)
  return { lane, user }
}

async function requirePassword(
  context: WriteContext<Own>,
  { lane, user, check }: { lane: Lane; user: UserRow; check: PasswordCheck | null },
): Promise<void> {
  if (check === null || isLocked(lane, context.clock.wall.now())) throw new Problem(problems.CREDENTIALS_WRONG)
  if (check.matches && check.seen === user.password_hash) return
  await countFailure(context, lane, user, 'CREDENTIALS_WRONG')
  refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
}
