import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { approveUserProposal } from './approve-user-proposal.ts'
import { getUserProposal } from './get-user-proposal.ts'
import { listUserProposals } from './list-user-proposals.ts'
import { proposeFactorReset } from './propose-factor-reset.ts'
import { rejectUserProposal } from './reject-user-proposal.ts'
import { withdrawUserProposal } from './withdraw-user-proposal.ts'

/** What this folder answers. */
export const proposalOperations: readonly Implementation<Own>[] = [
  proposeFactorReset,
  listUserProposals,
  getUserProposal,
  approveUserProposal,
  rejectUserProposal,
  withdrawUserProposal,
]
