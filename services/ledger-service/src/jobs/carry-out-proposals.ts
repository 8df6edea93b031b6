import { placeHold, postTransaction } from '#contracts/api/ledger.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { Problem, unreachable } from '#libs/problem/problem.ts'
import type { JobContext } from '#libs/service/service.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job, type Own } from '../config.ts'
import { stepOf } from '../domain/proposals.ts'
import {
  contentOf,
  expireProposals,
  findApproved,
  type ProposalOutcome,
  postponeProposal,
  recordOutcome,
} from '../store/proposals.ts'
import type { ProposalRow } from '../tables.ts'
import { goOnClosing } from './close-period.ts'

type Context = JobContext<Own>

const AT_ONCE = 50
/** After a failure: whatever it was, half a second later it may well be the same. */
const AGAIN_AFTER_MS = 5_000

/**
 * Carries out what a second person approved, through the ledger's own door and under the proposal's id as the key: killed anywhere, or done by two
 * instances, it is booked once. A fault leaves the proposal approved for the next round; what the ledger refuses is final.
 */
export const carryOutProposals = job('carry-out-proposals', {
  everyMs: 500,
  async run(context) {
    const { database, clock, log } = context
    await withTrace(newTrace(), () => database.transact((tx) => expireProposals(tx, clock.wall.now())))
    for (const proposal of await findApproved(database.app, clock.wall.now(), AT_ONCE)) {
      const trace = { ...newTrace(), correlation_id: proposal.correlation_id ?? newTrace().correlation_id }
      try {
        await withTrace(trace, () => carryOut(context, proposal))
      } catch (error) {
        const { proposal_id, kind } = proposal
        log.warn({ error, proposal_id, kind }, 'an approved proposal could not be carried out and is tried again')
        await postponeProposal(database.app, proposal_id, new Date(clock.wall.now().getTime() + AGAIN_AFTER_MS))
      }
    }
  },
})

async function carryOut(context: Context, proposal: ProposalRow): Promise<void> {
  const { database, clock } = context
  const outcome = await outcomeOf(context, proposal).catch((error: unknown) => {
    if (error instanceof Problem && error.kind.status < 500) return { problem: error }
    throw error
  })
  if (outcome !== undefined) await recordOutcome(database.app, proposal, outcome, clock.wall.now())
}

/** What came of it; undefined while there is more to do for it. */
async function outcomeOf(context: Context, proposal: ProposalRow): Promise<ProposalOutcome | undefined> {
  const { proposal_id, kind } = proposal
  const { transaction, hold } = contentOf(proposal)
  const step = { transaction_id: proposal_id, step: stepOf(kind) }
  const acting = { acting: personOf(proposal) }
  switch (kind) {
    case 'TRANSACTION':
    case 'ADJUSTMENT': {
      if (transaction === null) throw new Error(`proposal ${proposal_id} has no transaction`)
      const { ledger_transaction_id } = await context.call(
        postTransaction,
        { body: { ...transaction, ...step } },
        acting,
      )
      return { ledger_transaction_id }
    }
    case 'HOLD': {
      if (hold === null) throw new Error(`proposal ${proposal_id} has no hold`)
      const { hold_id } = await context.call(placeHold, { body: { ...hold, ...step } }, acting)
      return { hold_id }
    }
    case 'PERIOD_CLOSE':
      return (await goOnClosing(context, proposal)) ? {} : undefined
    default:
      return unreachable(kind)
  }
}

/** The journal says who wished it; the proposal says who approved. */
function personOf({ proposed_by }: ProposalRow): Caller {
  return { ...anonymous, kind: 'user', sub: proposed_by }
}
