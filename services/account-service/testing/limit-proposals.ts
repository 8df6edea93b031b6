import * as api from '#contracts/api/account-limits.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import type { AccountBank } from './bank.ts'

export type Proposal = ReplyOf<typeof api.getLimitProposal>
type Wish = Omit<InputOf<typeof api.proposeAccountLimits>['body'], 'reason'>

/** Two officers: the one proposes, the other decides. */
export const ada = aStaffMember('compliance')
export const ben = aStaffMember('compliance')

/** The first officer proposes. */
export async function propose(
  bank: AccountBank,
  account_id: string,
  wish: Wish,
  caller: Caller = ada,
): Promise<Proposal> {
  const body = { reason: 'bought a house', ...wish }
  return (await bank.call(api.proposeAccountLimits, { params: { account_id }, body }, caller)).reply
}

/** The second one decides. */
export async function decide(
  bank: AccountBank,
  { proposal_id }: Pick<Proposal, 'proposal_id'>,
  decision: 'approve' | 'reject' = 'approve',
  caller: Caller = ben,
): Promise<Proposal> {
  const operation = decision === 'approve' ? api.approveLimitProposal : api.rejectLimitProposal
  return (await bank.call(operation, { params: { proposal_id }, body: { reason: 'saw the deed' } }, caller)).reply
}
