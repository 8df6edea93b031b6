import type { getLimitProposal } from '#contracts/api/account-limits.ts'
import { accountLimitsDecided } from '#contracts/events/account.ts'
import type { Trace } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { publish, publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { wishOf } from '../domain/limit-proposals.ts'
import type { LimitCommandRow, LimitProposalRow } from '../tables.ts'

const EXPIRED_AT_ONCE = 100

/** Proposals with their decisions: what every reader of the two tables begins with. */
export function limitProposals(sql: Queryable) {
  return sql`
    select p.*, a.currency, coalesce(d.status, 'PENDING') as status, d.decided_by, d.decided_at, d.decision_reason_encrypted
    from limit_proposals p join accounts a using (account_id) left join limit_proposal_decisions d using (proposal_id)`
}

/** One proposal, as of now. Who decides has locked its account. */
export async function findLimitProposal(sql: Queryable, proposal_id: string): Promise<LimitProposalRow | undefined> {
  const [row] = await sql<LimitProposalRow[]>`${limitProposals(sql)} where p.proposal_id = ${proposal_id}`
  return row
}

/**
 * True where a limit that the proposal wishes was set otherwise after it was made: then another account was looked at than the one that would be changed,
 * and what was lowered for a reason meanwhile would go up again. The account is locked.
 */
export async function areLimitsChangedSince(
  tx: Tx,
  { account_id, proposed_at, ...row }: LimitProposalRow,
): Promise<boolean> {
  const [since] = await tx`
    select 1 from account_log
    where account_id = ${account_id} and change_type = 'SETTINGS' and changed_at > ${proposed_at}
      and details ?| ${Object.keys(wishOf({ account_id, proposed_at, ...row }))}::text[] limit 1`
  return since !== undefined
}

/** Writes down what an officer decided, once and for ever, and tells it. */
export async function decideProposal(
  tx: Tx,
  { proposal_id, account_id, proposed_by }: Pick<LimitProposalRow, 'proposal_id' | 'account_id' | 'proposed_by'>,
  decision: {
    status: 'APPROVED' | 'REJECTED'
    decided_by: string
    decided_at: Date
    decision_reason_encrypted: string
  },
  trace?: Trace,
): Promise<void> {
  await tx`insert into limit_proposal_decisions ${tx({ proposal_id, proposed_by, ...decision })}`
  const { status, decided_by } = decision
  await publish(tx, occurred(accountLimitsDecided, { proposal_id, account_id, status, decided_by }, trace))
}

/** The decision that a command was told by, in the transaction that records the command; none where one person was enough. */
export async function recordApproval(tx: Tx, command: LimitCommandRow, at: Date): Promise<void> {
  const { proposal_id, approved_by, decision_reason_encrypted } = command
  if (proposal_id === null || approved_by === null || decision_reason_encrypted === null) return
  const row = await findLimitProposal(tx, proposal_id)
  if (row === undefined) throw new Error(`the command of ${command.account_id} names a proposal that is not there`)
  const decision = { status: 'APPROVED' as const, decided_by: approved_by, decided_at: at, decision_reason_encrypted }
  // Told by the job, it is still a part of the act that approved it.
  await decideProposal(tx, row, decision, command)
}

/** Ends what waited too long for a second officer; returns how many. What is being carried out just now is approved already. */
export async function expireProposals(tx: Tx, now: Date): Promise<number> {
  const expired = await tx<{ proposal_id: string; account_id: string }[]>`
    with over as (
      select p.proposal_id, p.account_id, p.proposed_by, p.expires_at from limit_proposals p join accounts a using (account_id)
      where p.expires_at <= ${now}
        and not exists (select 1 from limit_proposal_decisions d where d.proposal_id = p.proposal_id)
        and not exists (select 1 from limit_commands c where c.proposal_id = p.proposal_id)
      order by p.expires_at limit ${EXPIRED_AT_ONCE} for update of a skip locked
    ), ended as (
      insert into limit_proposal_decisions (proposal_id, proposed_by, status, decided_at)
      select proposal_id, proposed_by, 'EXPIRED', expires_at from over on conflict do nothing returning proposal_id
    )
    select proposal_id, account_id from over join ended using (proposal_id)`
  await publishAll(
    tx,
    expired.map((one) => occurred(accountLimitsDecided, { ...one, status: 'EXPIRED', decided_by: null })),
  )
  return expired.length
}

/** Where the reason of a proposal belongs, as a part of its seal. */
export function reasonPlace(proposal_id: string): string {
  return `limit_proposals.reason/${proposal_id}`
}

/** Where the reason of its decision belongs. */
export function decisionPlace(proposal_id: string): string {
  return `limit_proposal_decisions.reason/${proposal_id}`
}

/** A proposal as people see it. */
export function limitProposalReply(reasons: Sealer, row: LimitProposalRow): ReplyOf<typeof getLimitProposal> {
  const { proposal_id, account_id, currency, status, daily_limit_cents, monthly_limit_cents } = row
  const { proposed_by, decided_by, decision_reason_encrypted: sealed } = row
  return {
    ...{ proposal_id, account_id, currency, status, daily_limit_cents, monthly_limit_cents, proposed_by, decided_by },
    changes: Object.keys(wishOf(row)) as ('daily_limit_cents' | 'monthly_limit_cents')[],
    reason: reasons.open(row.reason_encrypted, reasonPlace(proposal_id)),
    proposed_at: row.proposed_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    decision_reason: sealed === null ? null : reasons.open(sealed, decisionPlace(proposal_id)),
  }
}
