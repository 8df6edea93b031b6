import type { WriteContext } from '#libs/http/implement.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { stateOf } from '../domain/lockout.ts'
import type { PasswordCheck } from '../passwords.ts'
import type { UserRow } from '../tables.ts'
import { sourceWait } from './attempts.ts'
import { postMail } from './mails.ts'
import type { Lane } from './sign-in-lane.ts'
import { isPasswordTriedAround } from './stuffing.ts'

/**
 * Seconds that somebody at this network source has to wait; 0 where he may try. A device that its user signed in from before never waits for its
 * network: who else fails behind the same address must not lock it out, and it is counted by itself.
 */
export function waitOf(
  sql: Queryable,
  own: Own,
  { lane, ip_hash, now }: { lane: Pick<Lane, 'device_hash'> | undefined; ip_hash: string | null; now: Date },
): Promise<number> {
  const isKnownDevice = lane !== undefined && lane.device_hash !== null
  return isKnownDevice ? Promise.resolve(0) : sourceWait(sql, ip_hash, own.settings.failures_per_source, now)
}

/**
 * True where a right password alone lets nobody in: it is in a public list, after ten failures in a row it may have been guessed, or just now it
 * is being tried on many addresses. Whoever has a second factor is asked for it anyway; the others get a code by mail.
 */
export async function isPasswordTooLittle(
  context: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>,
  { lane, check, password }: { lane: Lane; check: PasswordCheck; password: string },
): Promise<boolean> {
  if (check.is_breached) return true
  const state = stateOf(lane.failures)
  if (state !== 'open' && state !== 'slowed') return true
  return lane.device_hash === null && isPasswordTriedAround(context, password)
}

/** Marks a user whose password is in a public list, and tells him once by mail. */
export async function tellBreached(context: WriteContext<Own>, user: UserRow): Promise<void> {
  const { tx, clock } = context
  const now = clock.wall.now()
  const marked = await tx`
    update users set password_breached_at = ${now}, updated_at = ${now}
    where user_id = ${user.user_id} and password_breached_at is null`
  if (marked.count === 1) await postMail(context, user, 'BREACHED')
}
