import * as api from '#contracts/api/identity-sign-in.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { reactivate } from '../../store/user-acts.ts'
import { proposeForUser } from '../../store/user-proposals.ts'
import { lockUser, readUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Lets somebody in again who was shut out; the sessions and consents of before stay ended. Staff get their rights back by it, so an admin
 * proposes it and a second one approves.
 */
export const reactivateUser = implement(api.reactivateUser, {
  async run({ params, body: { reason } }, context) {
    const { tx, own, caller, changed } = context
    if (params.user_id.toLowerCase() === caller.sub) throw new Problem(problems.OWN_USER)
    const user = await lockUser(tx, params.user_id)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    if (isStaff(user.roles) && !caller.roles.includes('admin'))
      throw new Problem(platformProblems.FORBIDDEN, { detail: 'Staff are let in again by admins' })
    if (user.is_active) throw new Problem(problems.NOTHING_TO_CHANGE)
    if (isStaff(user.roles)) {
      const proposal = await proposeForUser(context, user, { kind: 'REACTIVATION', reason })
      changed({ before: null, after: { proposal_id: proposal.proposal_id, kind: proposal.kind } })
      return { status: 'PROPOSED' as const, user: userReply(own.vault, user), proposal }
    }
    const { before, after } = await reactivate(context, user)
    changed({ before, after: { ...after, reason } })
    const active = (await readUser(tx, user.user_id)) as UserRow
    return { status: 'ACTIVE' as const, user: userReply(own.vault, active), proposal: null }
  },
})
