import type { WriteContext } from '#libs/http/implement.ts'
import type { Own } from '../config.ts'
import type { UserRow } from '../tables.ts'
import { revokeSessions } from './sessions.ts'
import { endAllChallenges, forgetDevices } from './sign-in-lane.ts'

/**
 * Writes a new password, and ends what stood on the old one: sessions with their refresh families and consents, half-finished sign-ins and
 * confirmations, mailed codes for another password, and what devices were known for. The user is locked. Returns how many sessions ended.
 */
export async function writePassword(
  context: WriteContext<Own>,
  { user_id }: Pick<UserRow, 'user_id'>,
  password_hash: string,
  kept: { session_id: string | null; device_id: string | null } = { session_id: null, device_id: null },
): Promise<number> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  await tx`
    update users set password_hash = ${password_hash}, password_breached_at = null, updated_at = ${now}
    where user_id = ${user_id}`
  await tx`
    update one_time_codes set voided_at = ${now}
    where user_id = ${user_id} and purpose = 'RESET' and consumed_at is null and voided_at is null`
  await endAllChallenges(tx, user_id)
  await forgetDevices(tx, user_id, kept.device_id === null ? null : own.vault.deviceHash(user_id, kept.device_id))
  return revokeSessions(context, user_id, { reason: 'PASSWORD_CHANGED', except: kept.session_id })
}
