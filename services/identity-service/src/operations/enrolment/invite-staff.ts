import * as api from '#contracts/api/identity-sign-in.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { decideStaffRoles } from '../../domain/user-proposals.ts'
import { problems } from '../../problems.ts'
import { requireRelyingParty } from '../../store/passkeys.ts'
import { provisionUser } from '../../store/provision.ts'
import { mailInvitation } from '../../store/staff-invitations.ts'
import { proposeForUser } from '../../store/user-proposals.ts'
import { lockUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Makes a user of the bank's own, who has neither password nor rights: a passkey comes by the mailed link, and the roles when a second admin
 * approves. So one admin alone makes nobody who may do anything.
 */
export const inviteStaff = implement(api.inviteStaff, {
  async run({ body }, context) {
    const { tx, own, clock, caller, changed } = context
    requireRelyingParty(own)
    const roles = decideStaffRoles(body.roles)
    const { email, first_name, last_name, reason } = body
    const person = { email, first_name, last_name, password_hash: '', roles: [], created_by: caller.sub ?? 'bank' }
    const user_id = await provisionUser(tx, own.vault, person, clock.wall.now())
    if (user_id === null) throw new Problem(problems.ADDRESS_TAKEN)
    const user = (await lockUser(tx, user_id)) as UserRow
    const proposal = await proposeForUser(context, user, { kind: 'ROLES', reason, roles_before: [], roles })
    const expires_at = await mailInvitation(context, user)
    changed({ before: null, after: { user_id, proposed_roles: roles, proposal_id: proposal.proposal_id } })
    return { user: userReply(own.vault, user), proposal, invitation_expires_at: expires_at.toISOString() }
  },
})
