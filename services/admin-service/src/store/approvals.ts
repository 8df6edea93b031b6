import type { listApprovals } from '#contracts/api/admin.ts'
import { approvalDecided, approvalRequested } from '#contracts/events/admin.ts'
import type { Trace } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { encode } from '#libs/json/json.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import type { ApprovalRow, ApprovalStatus, Decision, ProposalRow, SubjectType } from '../tables.ts'
import { HIDDEN } from './settings.ts'

type Approval = ReplyOf<typeof listApprovals>['items'][number]
/** An approval with the values that it is about, where it is about a setting. */
export type ApprovalFull = ApprovalRow & Partial<Pick<ProposalRow, 'value_encrypted' | 'value_before_encrypted'>>

/** The service that speaks where its event names nobody. */
const OWNER: Readonly<Record<SubjectType, string>> = {
  TRANSACTION: 'transaction-service',
  KYC: 'customer-service',
  SETTING: 'admin-service',
  LEDGER_PROPOSAL: 'ledger-service',
  USER_PROPOSAL: 'identity-service',
  LIMIT_PROPOSAL: 'account-service',
}

/** Something that begins to wait for a person; or that, as its owner says, was decided before we heard of it. */
export type Request = Pick<
  ApprovalRow,
  | 'approval_id'
  | 'subject_type'
  | 'subject_id'
  | 'rule'
  | 'summary'
  | 'requested_by'
  | 'request_reason'
  | 'requested_at'
> &
  Partial<Pick<ApprovalRow, 'status' | 'decided_by' | 'decided_at' | 'reason'>> & { trace?: Trace }

/** What became of a subject. `decided_by` and `reason` null where the owner does not say: who claimed that decision here made it then. */
export interface Closing {
  subject_type: SubjectType
  subject_id: string
  status: Exclude<ApprovalStatus, 'PENDING'>
  decided_by: string | null
  reason: string | null
  decided_at: Date
  trace: Trace
}

/** Puts requests into the queue; one that is there already, by its id or because its subject waits, stays as it is. */
export async function requestAll(tx: Tx, requests: readonly Request[]): Promise<void> {
  if (requests.length === 0) return
  const rows = requests.map(({ trace: _trace, ...row }) => ({ status: 'PENDING', ...row }))
  const added = await tx<{ approval_id: string }[]>`
    insert into approvals (approval_id, subject_type, subject_id, rule, summary, status, requested_by, request_reason, requested_at,
      decided_by, decided_at, reason)
    select approval_id, subject_type, subject_id, rule, summary, status, requested_by, request_reason, requested_at, decided_by, decided_at, reason
    from json_to_recordset(${encode(rows)}::text::json) as r (approval_id uuid, subject_type text, subject_id text, rule text, summary text,
      status text, requested_by text, request_reason text, requested_at timestamptz, decided_by text, decided_at timestamptz, reason text)
    on conflict do nothing returning approval_id`
  const isAdded = new Set(added.map(({ approval_id }) => approval_id))
  const fresh = requests.filter(({ approval_id }) => isAdded.has(approval_id))
  await publishAll(
    tx,
    fresh.map(({ approval_id, subject_type, subject_id, requested_by, trace }) => {
      const data = { approval_id, subject_type, subject_id, requested_by: requested_by ?? OWNER[subject_type] }
      return occurred(approvalRequested, data, trace)
    }),
  )
  const over = fresh.flatMap((row) =>
    isOver(row.status) ? [decidedEvent({ ...row, status: row.status }, row.trace)] : [],
  )
  await publishAll(tx, over)
}

function isOver(status: ApprovalStatus | undefined): status is Exclude<ApprovalStatus, 'PENDING'> {
  return status !== undefined && status !== 'PENDING'
}

/** Closes what waits, of these subjects; what does not wait any more keeps its end. A later request of the same subject is another one. */
export async function closeAll(tx: Tx, closings: readonly Closing[]): Promise<void> {
  if (closings.length === 0) return
  const rows = closings.map(({ trace: _trace, ...row }, place) => ({ ...row, place }))
  const closed = await tx<(DecidedRow & { place: number })[]>`
    update approvals a
    set status = c.status, decided_at = c.decided_at,
      decided_by = case when a.claimed_decision = c.status then coalesce(c.decided_by, a.claimed_by) else c.decided_by end,
      reason = case when a.claimed_decision = c.status and a.claimed_by = coalesce(c.decided_by, a.claimed_by) then a.claimed_reason else c.reason end
    from (select distinct on (subject_type, subject_id) *
      from json_to_recordset(${encode(rows)}::text::json) as r (subject_type text, subject_id text, status text, decided_by text,
        reason text, decided_at timestamptz, place int)
      order by subject_type, subject_id, place) as c
    where a.subject_type = c.subject_type and a.subject_id = c.subject_id and a.status = 'PENDING' and a.requested_at <= c.decided_at
    returning a.approval_id, a.subject_type, a.subject_id, a.status, a.decided_by, c.place`
  await publishAll(
    tx,
    closed.map((row) => decidedEvent(row, closings[row.place]?.trace)),
  )
}

/** Withdraws what still waits of customers who have handed in again; a submission that is newer than this one stays. */
export async function supersedeKyc(
  tx: Tx,
  submissions: readonly { approval_id: string; customer_id: string; submitted_at: Date }[],
): Promise<void> {
  const withdrawn = await tx<DecidedRow[]>`
    update approvals a set status = 'WITHDRAWN', decided_at = s.submitted_at
    from json_to_recordset(${encode(submissions)}::text::json) as s (approval_id uuid, customer_id text, submitted_at timestamptz)
    where a.subject_type = 'KYC' and a.subject_id = s.customer_id and a.status = 'PENDING' and a.approval_id <> s.approval_id
      and a.requested_at <= s.submitted_at
    returning a.approval_id, a.subject_type, a.subject_id, a.status`
  await publishAll(
    tx,
    withdrawn.map((row) => decidedEvent(row)),
  )
}

type DecidedRow = Pick<ApprovalRow, 'approval_id' | 'subject_type' | 'subject_id'> & {
  status: Exclude<ApprovalStatus, 'PENDING'>
  decided_by?: string | null | undefined
}

/** The event of an approval that ended. */
function decidedEvent({ approval_id, subject_type, subject_id, status, decided_by }: DecidedRow, trace?: Trace) {
  const subject = `${subject_type}/${subject_id}`
  return occurred(
    approvalDecided,
    { approval_id, subject, decision: status, decided_by: decided_by ?? OWNER[subject_type] },
    trace,
  )
}

/** Writes the decision of a person about a locked approval, and tells it. */
export async function decideLocked(
  tx: Tx,
  row: ApprovalFull,
  { decision, by, reason, at }: { decision: Decision; by: string; reason: string | null; at: Date },
): Promise<ApprovalFull> {
  await tx`
    update approvals set status = ${decision}, decided_by = ${by}, decided_at = ${at}, reason = ${reason}
    where approval_id = ${row.approval_id}`
  const decided = { ...row, status: decision, decided_by: by, decided_at: at, reason }
  await publishAll(tx, [decidedEvent(decided)])
  return decided
}

/** Which of these subjects wait. */
export async function pendingSubjects(
  sql: Queryable,
  subject_type: SubjectType,
  subject_ids: readonly string[],
): Promise<Set<string>> {
  const rows = await sql<{ subject_id: string }[]>`
    select subject_id from approvals
    where subject_type = ${subject_type} and status = 'PENDING' and subject_id = any(${subject_ids as string[]}::text[])`
  return new Set(rows.map(({ subject_id }) => subject_id))
}

/** One approval, locked where asked. */
export async function findApproval(
  sql: Queryable,
  approval_id: string,
  options: { lock?: boolean } = {},
): Promise<ApprovalFull | undefined> {
  const [row] = await sql<ApprovalFull[]>`
    select a.*, p.value_encrypted, p.value_before_encrypted
    from approvals a left join setting_proposals p using (approval_id)
    where approval_id = ${approval_id} ${options.lock === true ? sql`for update of a` : sql``}`
  return row
}

/** An approval as people see it. */
export function approvalReply({ vault, catalogue }: Pick<Own, 'vault' | 'catalogue'>, row: ApprovalFull): Approval {
  const { approval_id, subject_type, subject_id, rule, status, requested_by, request_reason, decided_by, reason } = row
  return {
    approval_id,
    subject_type,
    subject_id,
    rule,
    summary: summaryOf({ vault, catalogue }, row),
    status,
    requested_by,
    request_reason,
    requested_at: row.requested_at.toISOString(),
    decided_by,
    decided_at: row.decided_at?.toISOString() ?? null,
    reason,
  }
}

/** Values are kept sealed, so what a change is about is put into words only when somebody who may know asks. */
function summaryOf({ vault, catalogue }: Pick<Own, 'vault' | 'catalogue'>, row: ApprovalFull): string {
  const { approval_id, subject_id, summary, value_encrypted, value_before_encrypted } = row
  if (value_encrypted === undefined || value_encrypted === null || !value_before_encrypted) return summary
  // A setting that the catalogue does not have any more may have been a secret.
  if (catalogue.get(subject_id)?.is_secret !== false) return `${subject_id}: ${HIDDEN} → ${HIDDEN}`
  const before = vault.openProposal(approval_id, 'value_before', value_before_encrypted)
  return `${subject_id}: ${before} → ${vault.openProposal(approval_id, 'value', value_encrypted)}`
}
