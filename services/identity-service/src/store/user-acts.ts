import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, unreachable } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { decideRoles, sameRoles } from '../domain/user-proposals.ts'
import { problems } from '../problems.ts'
import type { UserProposalRow, UserRow } from '../tables.ts'
import { forgetAttempts } from './attempts.ts'
import { resetFactors } from './factor-changes.ts'
import { revokeSessions } from './sessions.ts'
import { unlockDevices } from './sign-in-lane.ts'
import { detailsOf } from './user-proposals.ts'

type Acting = WriteContext<Own>
/** What an act changed, for the trail. */
interface Done {
  before: Record<string, unknown>
  after: Record<string, unknown>
}

/** Does what was approved to a locked user. USER_CHANGED where the user is not any more what was looked at when it was proposed. */
export function carryOut(context: Acting, row: UserProposalRow, user: UserRow): Promise<Done> {
  switch (row.kind) {
    case 'ROLES':
      return giveRoles(context, row, user)
    case 'UNLOCK':
      return unlock(context, user)
    case 'FACTOR_RESET':
      return resetFactorsOf(context, row, user)
    case 'REACTIVATION':
      return reactivate(context, user)
    default:
      return unreachable(row.kind)
  }
}

/**
 * Sets the roles that were approved, and ends every session, so that no token speaks of the old ones. A customer gets a customer_id; who becomes
 * staff acts as no customer until he is none.
 */
async function giveRoles(context: Acting, row: UserProposalRow, user: UserRow): Promise<Done> {
  const { tx, own, clock, mintId } = context
  const { roles: wished, roles_before } = detailsOf(own.vault, row)
  if (wished === null || roles_before === null || !sameRoles(roles_before, user.roles))
    throw new Problem(problems.USER_CHANGED)
  const roles = decideRoles(user, wished)
  const customer_id = user.customer_id ?? (roles.includes('customer') ? mintId() : null)
  await tx`
    update users set roles = ${roles}::text[], customer_id = ${customer_id}, updated_at = ${clock.wall.now()}
    where user_id = ${user.user_id}`
  await endAccess(context, user.user_id, 'ROLES_CHANGED')
  return { before: { roles: user.roles }, after: { roles } }
}

/** Ends every lock of a user, of the address and of devices, and forgets wrong passwords and codes, those of the month included. */
export async function unlock({ tx, clock }: Pick<Acting, 'tx' | 'clock'>, user: UserRow): Promise<Done> {
  await forgetAttempts(tx, user.email_hash)
  await unlockDevices(tx, user.user_id)
  await tx`
    update users set failed_login_attempts = 0, locked_until = null, updated_at = ${clock.wall.now()}
    where user_id = ${user.user_id}`
  const { failed_login_attempts, locked_until } = user
  return {
    before: { failed_login_attempts, locked_until: locked_until?.toISOString() ?? null },
    after: { failed_login_attempts: 0, locked_until: null },
  }
}

/**
 * Takes every second factor from a user who has lost them, recovery codes and passkeys included. The password stays: whoever has only that, and not
 * the mailbox of the notice, is no further than before. USER_CHANGED where he got a factor since it was proposed, or used one: then he has not lost
 * them, or others than those that were looked at.
 */
async function resetFactorsOf(context: Acting, { proposed_at }: UserProposalRow, user: UserRow): Promise<Done> {
  const { user_id } = user
  const [since] = await context.tx`
    select 1 from factors where user_id = ${user_id} and greatest(created_at, confirmed_at, last_used_at) > ${proposed_at}
    union all select 1 from passkeys where user_id = ${user_id} and greatest(created_at, last_used_at) > ${proposed_at}
    union all select 1 from devices where user_id = ${user_id} and public_jwk is not null and key_added_at > ${proposed_at} limit 1`
  if (since !== undefined) throw new Problem(problems.USER_CHANGED)
  const before = await resetFactors(context, user.user_id)
  return { before: { ...before }, after: { factors: 0, passkeys: 0, device_keys: 0 } }
}

/** Lets somebody sign in again who was shut out; what he had open then stays closed. */
export async function reactivate({ tx, clock }: Pick<Acting, 'tx' | 'clock'>, user: UserRow): Promise<Done> {
  if (user.is_active) throw new Problem(problems.USER_CHANGED)
  await tx`update users set is_active = true, updated_at = ${clock.wall.now()} where user_id = ${user.user_id}`
  return { before: { is_active: false }, after: { is_active: true } }
}

/** Ends what a user has open: sessions and everything that has one, and what is half confirmed. */
async function endAccess(context: Acting, user_id: string, reason: string): Promise<void> {
  await context.tx`delete from challenges where user_id = ${user_id}`
  await revokeSessions(context, user_id, { reason })
}
