import { proposeAccountLimits as contract } from '#contracts/api/account-limits.ts'
import { accountLimitsProposed } from '#contracts/events/account.ts'
import { occurred } from '#libs/contract/event.ts'
import { MAX_MINOR } from '#libs/money/money.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { expiryOf } from '../../domain/limit-proposals.ts'
import { problems } from '../../problems.ts'
import { lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { limitProposalReply, reasonPlace } from '../../store/limit-proposals.ts'
import type { LimitProposalRow } from '../../tables.ts'

export const proposeAccountLimits = implement(contract, {
  /** Writes down which limits an officer wishes for an account. Whether they change anything is decided when a second one approves. */
  async run({ params, body: { reason, ...wish } }, { tx, own, clock, caller, mintId, changed }) {
    if (caller.sub === null) throw new Problem(platformProblems.FORBIDDEN)
    const { account_id, currency, status } = await lockAccount(tx, params.account_id)
    await refuseOwnAccount(tx, account_id, caller)
    if (status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
    refuseWrong(wish)
    const now = clock.wall.now()
    const [waiting] = await tx<{ proposal_id: string }[]>`
      select proposal_id from limit_proposals p
      where account_id = ${account_id} and expires_at > ${now}
        and not exists (select 1 from limit_proposal_decisions d where d.proposal_id = p.proposal_id)`
    if (waiting !== undefined) throw new Problem(problems.PROPOSAL_PENDING, { extra: { ...waiting } })
    const proposal_id = mintId()
    const made = {
      ...{ proposal_id, account_id, proposed_by: caller.sub, proposed_at: now, expires_at: expiryOf(now) },
      ...{
        changes_daily: wish.daily_limit_cents !== undefined,
        changes_monthly: wish.monthly_limit_cents !== undefined,
      },
      daily_limit_cents: wish.daily_limit_cents ?? null,
      monthly_limit_cents: wish.monthly_limit_cents ?? null,
      reason_encrypted: own.reasons.seal(reason, reasonPlace(proposal_id)),
    }
    await tx`insert into limit_proposals ${tx(made)}`
    await publish(tx, occurred(accountLimitsProposed, { proposal_id, account_id, proposed_by: made.proposed_by }))
    changed({ before: null, after: { proposal_id, account_id, ...wish } })
    const undecided = { decided_by: null, decided_at: null, decision_reason_encrypted: null }
    const row: LimitProposalRow = { ...made, currency, ...undecided, status: 'PENDING' }
    return limitProposalReply(own.reasons, row)
  },
})

function refuseWrong(wish: { daily_limit_cents?: bigint | null; monthly_limit_cents?: bigint | null }): void {
  const limits = Object.entries(wish).filter(([, limit]) => limit !== undefined)
  if (limits.length === 0) throw new Problem(problems.NOTHING_TO_CHANGE)
  for (const [name, limit] of limits)
    if (limit !== null && (limit < 0n || limit > MAX_MINOR))
      throw new Problem(problems.LIMIT_WRONG, {
        errors: [{ pointer: `/${name}`, detail: 'is an amount of zero or more' }],
      })
}
