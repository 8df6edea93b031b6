import type { Static } from 'typebox'
import { type Proposal, proposeBooking } from '#contracts/api/ledger-proposals.ts'
import { ledgerProposalDecided, ledgerProposalMade } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { encode } from '#libs/json/json.ts'
import { publish, publishAll } from '#libs/outbox/publish.ts'
import type { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { currentTrace } from '#libs/telemetry/context.ts'
import { MAX_CENTS } from '../domain/account.ts'
import { expiryOf } from '../domain/proposals.ts'
import type { ProposalRow } from '../tables.ts'

type Proposed = InputOf<typeof proposeBooking>['body']
export type ProposedTransaction = NonNullable<Proposed['transaction']>
export type ProposedHold = NonNullable<Proposed['hold']>
/** What a person asks for, before anybody has decided. */
export type NewProposal = Pick<
  ProposalRow,
  'proposal_id' | 'kind' | 'period' | 'reason' | 'documents' | 'proposed_by' | 'proposed_at'
> & { readonly content: ProposedTransaction | ProposedHold | null }

const EXPIRED_AT_ONCE = 100

/** Keeps a proposal and tells it, so that it comes into the queue of what waits for a second person. */
export async function makeProposal(tx: Tx, proposal: NewProposal): Promise<ProposalRow> {
  const { proposal_id, kind, content, period, reason, documents, proposed_by, proposed_at } = proposal
  const [row] = await tx<ProposalRow[]>`
    insert into ledger_proposals (proposal_id, kind, status, content, period, reason, documents, proposed_by, proposed_at, expires_at)
    values (${proposal_id}, ${kind}, 'PENDING', ${content === null ? null : encode(content)}::text::json, ${period}, ${reason}, ${documents},
      ${proposed_by}, ${proposed_at}, ${expiryOf(proposed_at)})
    returning *`
  if (row === undefined) throw new Error('an inserted proposal came back without a row')
  const currency = content?.currency ?? null
  const amount_cents = content === null ? null : amountOf(content)
  await publish(tx, occurred(ledgerProposalMade, { proposal_id, kind, period, amount_cents, currency, proposed_by }))
  return row
}

/** What it moves or holds, for people who look at the queue; null where that is more than JSON holds. */
function amountOf(content: ProposedTransaction | ProposedHold): bigint | null {
  if ('amount_cents' in content) return content.amount_cents
  const sum = content.postings.reduce((total, posting) => total + posting.amount_cents, 0n)
  return sum > MAX_CENTS ? null : sum
}

/** One proposal, locked where asked. */
export async function findProposal(
  sql: Queryable,
  proposal_id: string,
  options: { lock?: boolean } = {},
): Promise<ProposalRow | undefined> {
  const [row] = await sql<ProposalRow[]>`
    select * from ledger_proposals where proposal_id = ${proposal_id} ${options.lock === true ? sql`for update` : sql``}`
  return row
}

/** Writes what somebody decided about a locked proposal, and tells it. */
export async function decideProposal(
  tx: Tx,
  { proposal_id }: ProposalRow,
  decision: { status: 'APPROVED' | 'REJECTED' | 'WITHDRAWN'; by: string; reason: string | null; at: Date },
): Promise<ProposalRow> {
  const { status, by, reason, at } = decision
  const [row] = await tx<ProposalRow[]>`
    update ledger_proposals set status = ${status}, decided_by = ${by}, decided_at = ${at}, decision_reason = ${reason},
      correlation_id = ${currentTrace()?.correlation_id ?? null}
    where proposal_id = ${proposal_id} returning *`
  if (row === undefined) throw new Error('a locked proposal has gone')
  await publish(tx, occurred(ledgerProposalDecided, { proposal_id, status, decided_by: by }))
  return row
}

/** Ends what waited too long for a second person; returns how many. */
export async function expireProposals(tx: Tx, now: Date): Promise<number> {
  const expired = await tx<{ proposal_id: string }[]>`
    update ledger_proposals set status = 'EXPIRED', decided_at = expires_at
    where proposal_id in (select proposal_id from ledger_proposals where status = 'PENDING' and expires_at <= ${now}
      order by expires_at limit ${EXPIRED_AT_ONCE} for update skip locked)
    returning proposal_id`
  const events = expired.map(({ proposal_id }) =>
    occurred(ledgerProposalDecided, { proposal_id, status: 'EXPIRED', decided_by: null }),
  )
  await publishAll(tx, events)
  return expired.length
}

/** Approved proposals that are not carried out yet, in the order of their approval. */
export async function findApproved(sql: Queryable, now: Date, limit: number): Promise<ProposalRow[]> {
  return await sql<ProposalRow[]>`
    select * from ledger_proposals where status = 'APPROVED' and (next_attempt_at is null or next_attempt_at <= ${now})
    order by decided_at, proposal_id limit ${limit}`
}

/** Leaves an approved proposal alone for a while. */
export async function postponeProposal(sql: Queryable, proposal_id: string, until: Date): Promise<void> {
  await sql`update ledger_proposals set next_attempt_at = ${until} where proposal_id = ${proposal_id} and status = 'APPROVED'`
}

/** What came of carrying a proposal out: what it made, or why the ledger refused. */
export type ProposalOutcome =
  | { readonly ledger_transaction_id?: string; readonly hold_id?: string }
  | { readonly problem: Problem }

/** Records the outcome, once: whoever comes second changes nothing. */
export async function recordOutcome(
  sql: Queryable,
  { proposal_id }: Pick<ProposalRow, 'proposal_id'>,
  outcome: ProposalOutcome,
  at: Date,
): Promise<void> {
  const problem = 'problem' in outcome ? outcome.problem : null
  const { ledger_transaction_id = null, hold_id = null } = 'problem' in outcome ? {} : outcome
  await sql`
    update ledger_proposals set status = ${problem === null ? 'DONE' : 'REFUSED'}, carried_out_at = ${at},
      ledger_transaction_id = ${ledger_transaction_id}, hold_id = ${hold_id}, refusal_code = ${problem?.kind.code ?? null},
      refusal_detail = ${problem === null ? null : (problem.options.detail ?? problem.kind.title)}
    where proposal_id = ${proposal_id} and status = 'APPROVED'`
}

/** The transaction or hold of a proposal, money as bigint again. */
export function contentOf({ kind, content }: Pick<ProposalRow, 'kind' | 'content'>): {
  transaction: ProposedTransaction | null
  hold: ProposedHold | null
} {
  if (content === null) return { transaction: null, hold: null }
  const name = kind === 'HOLD' ? 'hold' : 'transaction'
  const revived = proposeBooking.shapes.body.revive({ [name]: structuredClone(content) })
  return { transaction: revived.transaction ?? null, hold: revived.hold ?? null }
}

/** A row as the contract answers it. */
export function proposalReply(row: ProposalRow): Static<typeof Proposal> {
  const { content: _content, correlation_id: _correlation, next_attempt_at: _next, ...rest } = row
  return {
    ...rest,
    ...contentOf(row),
    proposed_at: row.proposed_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    carried_out_at: row.carried_out_at?.toISOString() ?? null,
  }
}

/** A proposal as it stands, for who sends the wish again that it was made by. */
export async function presentProposal(id: string, { sql }: { sql: Queryable }): Promise<Static<typeof Proposal>> {
  const row = await findProposal(sql, id)
  if (row === undefined) throw new Error('a proposal that was made has gone')
  return proposalReply(row)
}

/** What the trail keeps of a decision. */
export function auditedDecision(before: ProposalRow, after: ProposalRow) {
  const about = { proposal_id: before.proposal_id, kind: before.kind, period: before.period }
  return {
    before: { ...about, status: before.status },
    after: { ...about, status: after.status, reason: after.decision_reason },
  }
}
