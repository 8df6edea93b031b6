import { approveLimitProposal as contract } from '#contracts/api/account-limits.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { asOfficer, decideSecondOfficer, wishOf } from '../../domain/limit-proposals.ts'
import { problems } from '../../problems.ts'
import { findAccount, lockAccount } from '../../store/accounts.ts'
import {
  areLimitsChangedSince,
  decisionPlace,
  findLimitProposal,
  limitProposalReply,
} from '../../store/limit-proposals.ts'
import { announceSettings, ledgerAccountOf, recordSettings, strikeOutLimits, tellLimits } from '../../store/settings.ts'
import type { LimitProposalRow } from '../../tables.ts'

const CHANGED = 'The limits were changed after this was proposed; reject it and propose anew'

export const approveLimitProposal = implement(contract, {
  /**
   * Like `changeAccountSettings`: the ledger enforces the limits from its answer on, and the command on record says who approved, so that a crash
   * in between leaves a decision that is only to be written down. The decision is checked under the account's lock, so one of many who decide does.
   */
  async ask({ params: { proposal_id }, body: { reason } }, { own, clock, caller, call, callMany }) {
    const known = await findLimitProposal(own.database.app, proposal_id)
    if (known === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
    const { account_id, settings_version } = await findAccount(own.database.app, known.account_id)
    const ledger = await ledgerAccountOf(account_id, { call, callMany })
    const announced = await own.database.transact(async (tx) => {
      await lockAccount(tx, account_id)
      const at = clock.wall.now()
      const { row, by } = decideSecondOfficer(await findLimitProposal(tx, proposal_id), { by: caller.sub, now: at })
      if (await areLimitsChangedSince(tx, row)) throw new Problem(problems.ACCOUNT_CHANGED, { detail: CHANGED })
      const decision_reason_encrypted = own.reasons.seal(reason, decisionPlace(proposal_id))
      const approval = { proposal_id, approved_by: by, decision_reason_encrypted }
      return announceSettings(
        tx,
        { account_id, settings_version, wish: wishOf(row), ledger, approval },
        asOfficer(caller),
        at,
      )
    })
    try {
      return { ...announced, ledger: await tellLimits(announced.command, { call, callMany }) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await own.database.transact((tx) => strikeOutLimits(tx, announced.command))
      throw error.kind.code === 'LEDGER_ACCOUNT_CLOSED' ? new Problem(problems.ACCOUNT_CLOSED) : error
    }
  },

  /** Records limits and decision together. */
  async run({ params: { proposal_id } }, { tx, own, clock, changed }, { command, before, ledger }) {
    await recordSettings(tx, command, { ledger, at: clock.wall.now() })
    const limits = ({
      daily_limit_cents,
      monthly_limit_cents,
    }: Pick<LimitProposalRow, 'daily_limit_cents' | 'monthly_limit_cents'>) => ({
      ...{ daily_limit_cents, monthly_limit_cents },
    })
    changed({ before: { proposal_id, ...limits(before) }, after: { proposal_id, ...limits(command) } })
    return limitProposalReply(own.reasons, (await findLimitProposal(tx, proposal_id)) as LimitProposalRow)
  },
})
