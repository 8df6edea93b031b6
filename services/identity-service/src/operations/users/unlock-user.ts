import { unlockUser as contract } from '#contracts/api/identity-proposals.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { implement } from '../../config.ts'
import { MANUAL_FAILURES, stateOf } from '../../domain/lockout.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { lockAllAttempts } from '../../store/attempts.ts'
import { unlock } from '../../store/user-acts.ts'
import { proposeForUser } from '../../store/user-proposals.ts'
import { lockUser, readUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Ends every lock of a user, of the address and of devices, and forgets wrong passwords and codes, those of the month included. A lock that stands
 * until somebody ends it, and any lock of staff, is ended by two persons: this proposes it then.
 */
export const unlockUser = implement(contract, {
  async run({ params, body: { reason } }, context) {
    const { tx, own, caller, changed } = context
    if (params.user_id.toLowerCase() === caller.sub) throw new Problem(problems.OWN_USER)
    const known = await readUser(tx, params.user_id)
    if (known === undefined) throw new Problem(problems.USER_NOT_FOUND)
    // The tries of the address are locked before the user, as sign-ins do it.
    await lockAllAttempts(tx, known.email_hash)
    const user = (await lockUser(tx, known.user_id)) as UserRow
    if (await needsTwo(tx, user)) {
      const proposal = await proposeForUser(context, user, { kind: 'UNLOCK', reason })
      changed({ before: null, after: { proposal_id: proposal.proposal_id, kind: proposal.kind } })
      return { status: 'PROPOSED' as const, user: userReply(own.vault, user), proposal }
    }
    const { before, after } = await unlock(context, user)
    changed({ before, after: { ...after, reason } })
    const unlocked = (await readUser(tx, user.user_id)) as UserRow
    return { status: 'UNLOCKED' as const, user: userReply(own.vault, unlocked), proposal: null }
  },
})

/** True for staff, and where a lock of the address or of a device stands until somebody ends it. */
async function needsTwo(tx: Tx, { user_id, roles, failed_login_attempts }: UserRow): Promise<boolean> {
  if (isStaff(roles) || stateOf(failed_login_attempts) === 'manual') return true
  const [device] = await tx`
    select 1 from known_devices where user_id = ${user_id} and failures >= ${MANUAL_FAILURES} limit 1`
  return device !== undefined
}
