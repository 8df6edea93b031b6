import { userLoginFailed } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Own } from '../config.ts'
import type { UserRow } from '../tables.ts'
import { countSourceFailure } from './attempts.ts'
import { countLoginFailure, endChallenges, type Lane } from './sign-in-lane.ts'

/** Counts one wrong password or factor for the lane and for the source, and tells it; a lock that begins ends half-finished sign-ins. */
export async function countFailure(
  { tx, clock, caller }: Pick<WriteContext<Own>, 'tx' | 'clock' | 'caller'>,
  lane: Lane,
  user: UserRow | undefined,
  reason: 'CREDENTIALS_WRONG' | 'SECOND_FACTOR_WRONG',
): Promise<void> {
  const now = clock.wall.now()
  const { failures, locked_until } = await countLoginFailure(tx, lane, user, now)
  await countSourceFailure(tx, caller.ip_hash, now)
  if (user === undefined) return
  const { user_id } = user
  const data = { user_id, reason, ip_hash: caller.ip_hash, failed_attempts: failures }
  await publish(tx, occurred(userLoginFailed, data))
  if (locked_until !== null) await endChallenges(tx, lane, user_id, caller.session_id)
}
