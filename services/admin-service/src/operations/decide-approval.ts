import { approveLimitProposal, rejectLimitProposal } from '#contracts/api/account-limits.ts'
import { decideApproval as contract } from '#contracts/api/admin.ts'
import { decideKyc } from '#contracts/api/customer.ts'
import { approveUserProposal, rejectUserProposal } from '#contracts/api/identity-proposals.ts'
import { approveProposal, rejectProposal } from '#contracts/api/ledger-proposals.ts'
import { approveTransaction, rejectTransaction } from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import type { AskedFor, WriteContext } from '#libs/http/implement.ts'
import { Problem, unreachable } from '#libs/problem/problem.ts'
import { implement, type Own } from '../config.ts'
import { type Decider, decideClaim, decideWho } from '../domain/approvals.ts'
import { checkValue } from '../domain/setting-values.ts'
import { problems } from '../problems.ts'
import { type ApprovalFull, approvalReply, decideLocked, findApproval } from '../store/approvals.ts'
import { claimApproval, giveUpClaim } from '../store/claims.ts'
import { applyChange, auditedValue, definitionOf, lockSetting, presentValue } from '../store/settings.ts'

type Body = InputOf<typeof contract>['body']

/** Decides at the service that owns the subject, as the caller; then the queue says so. A crash between the two is repaired by the owner's event. */
export const decideApproval = implement(contract, {
  async ask({ params: { approval_id }, body }, context) {
    const { own, caller, clock } = context
    const decider = deciderOf(caller, body)
    const { row, by, is_repeat } = decideWho(await findApproval(own.database.app, approval_id), decider)
    if (is_repeat || row.subject_type === 'SETTING') return
    const claim = { approval_id, by, decision: decider.decision, reason: keptReason(row, body) }
    const now = clock.wall.now()
    const isNew = await claimApproval(
      own.database,
      claim,
      (locked) => decideClaim(decideWho(locked, decider).row, claim, now),
      now,
    )
    try {
      await decideAtOwner(row, body, context)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // A claim of an earlier try stays: that one may have got through, and the owner's event is then about it.
      if (isNew) await giveUpClaim(own.database.app, claim)
      throw subjectRefused(error)
    }
  },

  async run({ params: { approval_id }, body }, context) {
    const { tx, clock, caller, own, changed } = context
    const decider = deciderOf(caller, body)
    const { row, by, is_repeat } = decideWho(await findApproval(tx, approval_id, { lock: true }), decider)
    if (is_repeat) return approvalReply(own, row)
    const at = clock.wall.now()
    const effect = row.subject_type === 'SETTING' ? await settleProposal(row, { ...decider, by, at }, context) : {}
    const decided = await decideLocked(tx, row, { decision: decider.decision, by, reason: keptReason(row, body), at })
    const about = { subject_type: row.subject_type, subject_id: row.subject_id }
    changed({ before: { ...about, status: row.status }, after: { ...about, status: decided.status, ...effect } })
    return approvalReply(own, decided)
  },
})

function deciderOf({ sub, roles }: Caller, { decision }: Body): Decider {
  return { by: sub, roles, decision: decision === 'APPROVE' ? 'APPROVED' : 'REJECTED' }
}

const KEPT_BY_OWNER: ReadonlySet<string> = new Set(['KYC', 'USER_PROPOSAL', 'LIMIT_PROPOSAL'])

/** What is said of a person is kept where that person can be forgotten: by the service of the subject alone. */
function keptReason({ subject_type }: ApprovalFull, { reason }: Body): string | null {
  return KEPT_BY_OWNER.has(subject_type) ? null : reason
}

async function decideAtOwner(
  { subject_type, subject_id }: ApprovalFull,
  { decision, reason, risk_category, is_final }: Body,
  { call, caller }: AskedFor<Own>,
): Promise<void> {
  const acting = { acting: caller }
  switch (subject_type) {
    case 'TRANSACTION': {
      const operation = decision === 'APPROVE' ? approveTransaction : rejectTransaction
      await call(operation, { params: { transaction_id: subject_id }, body: { reason } }, acting)
      return
    }
    case 'KYC': {
      const risk = risk_category === undefined ? {} : { risk_category }
      const body = { decision, reason, ...risk, ...(is_final === undefined ? {} : { is_final }) }
      await call(decideKyc, { params: { customer_id: subject_id }, body }, acting)
      return
    }
    case 'LEDGER_PROPOSAL': {
      const operation = decision === 'APPROVE' ? approveProposal : rejectProposal
      await call(operation, { params: { proposal_id: subject_id }, body: { reason } }, acting)
      return
    }
    case 'USER_PROPOSAL': {
      const operation = decision === 'APPROVE' ? approveUserProposal : rejectUserProposal
      await call(operation, { params: { proposal_id: subject_id }, body: { reason } }, acting)
      return
    }
    case 'LIMIT_PROPOSAL': {
      const operation = decision === 'APPROVE' ? approveLimitProposal : rejectLimitProposal
      await call(operation, { params: { proposal_id: subject_id }, body: { reason } }, acting)
      return
    }
    case 'SETTING':
      return
    default:
      unreachable(subject_type)
  }
}

/** What the owner of the subject answered, as our refusal: its code and its words go with it. */
function subjectRefused({ kind, options }: Problem): Problem {
  const detail = options.detail ?? kind.title
  return new Problem(problems.SUBJECT_REFUSED, {
    detail: `${kind.code}: ${detail}`,
    extra: { subject_code: kind.code, subject_detail: detail },
    ...(options.errors === undefined ? {} : { errors: options.errors }),
  })
}

/** An approved change takes effect now; what is told of it to the trail. The catalogue may have moved on since it was asked for. */
async function settleProposal(
  { approval_id, subject_id, requested_by, request_reason, value_encrypted }: ApprovalFull,
  { decision, by, at }: Decider & { by: string; at: Date },
  { tx, own }: WriteContext<Own>,
): Promise<Record<string, unknown>> {
  if (decision === 'REJECTED') return {}
  const value = own.vault.openProposal(approval_id, 'value', value_encrypted ?? '')
  const definition = stillFitting(own, subject_id, value)
  const row = await lockSetting(tx, subject_id)
  const value_before = presentValue(own.vault, definition, row)
  const change = { value, reason: request_reason ?? '', changed_by: requested_by ?? '', approved_by: by, at }
  const { version } = await applyChange(tx, own.vault, row, change)
  return { value_before: auditedValue(definition, value_before), value: auditedValue(definition, value), version }
}

function stillFitting(own: Own, setting_key: string, value: string) {
  try {
    const definition = definitionOf(own, setting_key)
    checkValue(definition, value)
    return definition
  } catch (error) {
    throw error instanceof Problem ? subjectRefused(error) : error
  }
}
