import * as api from '#contracts/api/identity-proposals.ts'
import type { Role } from '#contracts/enums.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'

export type Proposal = ReplyOf<typeof api.getUserProposal>
export const REASON = 'changed desks, asked for by her manager'

/** Two admins and an officer: the one proposes, another decides. */
export const ada = aStaffMember('admin')
export const ben = aStaffMember('admin')
export const cleo = aStaffMember('compliance')
export const sue = aStaffMember('support')

/** An admin wishes that a user had these roles. */
export async function proposeRoles(
  bank: ServiceTest,
  user_id: string,
  roles: Role[],
  caller: Caller = ada,
): Promise<Proposal> {
  const input = { params: { user_id }, body: { roles, reason: REASON } }
  return (await bank.call(api.changeRoles, input, caller)).reply
}

/** Somebody wishes that a user had no second factors. */
export async function proposeReset(bank: ServiceTest, user_id: string, caller: Caller = sue): Promise<Proposal> {
  const input = { params: { user_id }, body: { reason: REASON } }
  return (await bank.call(api.proposeFactorReset, input, caller)).reply
}

/** A second person decides. */
export async function decide(
  bank: ServiceTest,
  { proposal_id }: Pick<Proposal, 'proposal_id'>,
  decision: 'approve' | 'reject' = 'approve',
  caller: Caller = ben,
): Promise<Proposal> {
  const operation = decision === 'approve' ? api.approveUserProposal : api.rejectUserProposal
  return (await bank.call(operation, { params: { proposal_id }, body: { reason: 'looked at the papers' } }, caller))
    .reply
}

/** Gives a user roles with two persons. */
export async function giveRoles(bank: ServiceTest, user_id: string, ...roles: Role[]): Promise<Proposal> {
  return decide(bank, await proposeRoles(bank, user_id, roles))
}

/** A proposal as it stands. */
export async function proposalAsItStands(bank: ServiceTest, proposal_id: string): Promise<Proposal> {
  return (await bank.call(api.getUserProposal, { params: { proposal_id } }, ada)).reply
}
