import { rejectLimitProposal as contract } from '#contracts/api/account-limits.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { asOfficer, decideSecondOfficer } from '../../domain/limit-proposals.ts'
import { problems } from '../../problems.ts'
import { lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { decideProposal, decisionPlace, findLimitProposal, limitProposalReply } from '../../store/limit-proposals.ts'

export const rejectLimitProposal = implement(contract, {
  /** A second officer stops a proposal, unless somebody is approving it just now. */
  async run({ params: { proposal_id }, body: { reason } }, { tx, own, clock, caller, changed }) {
    const known = await findLimitProposal(tx, proposal_id)
    if (known === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
    await lockAccount(tx, known.account_id)
    const now = clock.wall.now()
    const { row, by } = decideSecondOfficer(await findLimitProposal(tx, proposal_id), { by: caller.sub, now })
    await refuseOwnAccount(tx, row.account_id, asOfficer(caller))
    const [underway] = await tx`select 1 from limit_commands where proposal_id = ${proposal_id}`
    if (underway !== undefined) throw new Problem(problems.ACCOUNT_CHANGED)
    const decision_reason_encrypted = own.reasons.seal(reason, decisionPlace(proposal_id))
    const decision = { status: 'REJECTED' as const, decided_by: by, decided_at: now, decision_reason_encrypted }
    await decideProposal(tx, row, decision)
    changed({ before: { proposal_id, status: row.status }, after: { proposal_id, status: decision.status } })
    return limitProposalReply(own.reasons, { ...row, ...decision })
  },
})
