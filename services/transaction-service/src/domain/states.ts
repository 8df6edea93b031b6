import { unreachable } from '#libs/problem/problem.ts'
import type { FraudDecision, Stage, TransactionRow, TransactionStatus } from '../tables.ts'
import { APPROVAL_RULE, needsApproval } from './approvals.ts'

/** Why a transaction is given up that its owner took back. */
export const CANCELLED = 'CANCELLED'

/** The events of a transaction's stream, named like the events that other services hear. */
export type StepType =
  | 'transaction.initiated'
  | 'transaction.balance_reserved'
  | 'transaction.fraud_check.passed'
  | 'transaction.approval_required'
  | 'transaction.processing'
  | 'transaction.releasing'
  | 'transaction.processed'
  | 'transaction.completed'
  | 'transaction.failed'
  | 'transaction.cancelled'
  | 'transaction.reversed'

/** One event of the stream; `data` holds ids, codes and states only. */
export interface Step {
  readonly event_type: StepType
  readonly code: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** What can happen to a transaction that has begun. */
export type Happening =
  | { kind: 'hold_placed'; hold_id: string }
  | { kind: 'hold_refused'; code: string }
  | { kind: 'fraud_verdict'; decision: FraudDecision; fraud_score: number; rule: string; approval_above: bigint }
  | { kind: 'fraud_timeout' }
  | { kind: 'hold_expired' }
  | { kind: 'approved'; by: string; reason: string }
  | { kind: 'rejected'; by: string; reason: string }
  | { kind: 'cancelled'; by: string }
  | { kind: 'posted'; ledger_transaction_id: string; value_date: string; booked_at: Date }
  | { kind: 'post_refused'; code: string }
  | { kind: 'hold_released' }
  | { kind: 'reversed'; reversal_id: string; reason_code: string }
  | { kind: 'found_booked'; hold_id: string | null }

/** The stages in which a happening means something; in any other it is a repetition, or came too late, and changes nothing. */
export const ACTS_IN: Readonly<Record<Happening['kind'], readonly Stage[]>> = {
  // Taken back while the ledger was being asked: the hold has to be known, because it is given back next.
  hold_placed: ['INITIATED', 'RELEASING'],
  hold_refused: ['INITIATED'],
  fraud_verdict: ['RESERVED'],
  fraud_timeout: ['RESERVED'],
  hold_expired: ['RESERVED', 'AWAITING_APPROVAL'],
  approved: ['AWAITING_APPROVAL'],
  rejected: ['AWAITING_APPROVAL'],
  cancelled: ['INITIATED', 'RESERVED', 'AWAITING_APPROVAL'],
  posted: ['PROCESSING'],
  post_refused: ['PROCESSING'],
  hold_released: ['RELEASING'],
  reversed: ['COMPLETED'],
  // After a restore from before the booking: what was booked is not given up, nor judged again.
  found_booked: ['INITIATED', 'RESERVED', 'AWAITING_APPROVAL', 'RELEASING'],
}

type Changed = Partial<Pick<TransactionRow, MutableColumn>> & { stage: Stage }
type MutableColumn =
  | 'status'
  | 'hold_id'
  | 'fraud_score'
  | 'requires_approval'
  | 'failure_code'
  | 'approved_by'
  | 'decision_reason'
  | 'ledger_transaction_id'
  | 'value_date'
  | 'booked_at'
  | 'cancelled_by'
  | 'reversed_by'

/** A transaction after something happened to it, with what its stream gains. */
export interface Advance {
  readonly row: TransactionRow
  readonly steps: readonly Step[]
}

/**
 * What a happening makes of a transaction, or null where it changes nothing: every repetition, every late answer. A transaction ends once, in
 * COMPLETED, FAILED or CANCELLED, and a hold that was placed has then been captured or released; what is COMPLETED may be REVERSED.
 */
export function advance(row: TransactionRow, happening: Happening, now: Date): Advance | null {
  if (!ACTS_IN[happening.kind].includes(row.stage)) return null
  if (happening.kind === 'hold_placed' && row.hold_id !== null) return null
  const { steps, ...changed } = decide(row, happening)
  const status = changed.status ?? statusOf(changed.stage, row.status)
  const completed_at = row.completed_at ?? (isEnd(changed.stage) ? now : null)
  const event_count = row.event_count + steps.length
  return { row: { ...row, ...changed, status, stage_at: now, completed_at, event_count }, steps }
}

function decide(row: TransactionRow, happening: Happening): Changed & { steps: Step[] } {
  switch (happening.kind) {
    case 'hold_placed': {
      const { hold_id } = happening
      const stage = row.stage === 'INITIATED' ? 'RESERVED' : row.stage
      return { stage, hold_id, steps: [step('transaction.balance_reserved', { hold_id })] }
    }
    case 'hold_refused':
      return failed(happening.code)
    case 'fraud_verdict':
      return judged(row, happening)
    case 'fraud_timeout':
      return releasing('FRAUD_TIMEOUT')
    case 'hold_expired':
      return releasing(row.stage === 'RESERVED' ? 'FRAUD_TIMEOUT' : 'APPROVAL_EXPIRED')
    case 'approved': {
      const { by, reason } = happening
      const steps = [step('transaction.processing', { approved_by: by })]
      return { stage: 'PROCESSING', approved_by: by, decision_reason: reason, steps }
    }
    case 'rejected':
      return { ...releasing('REJECTED', { rejected_by: happening.by }), decision_reason: happening.reason }
    case 'cancelled':
      return { ...releasing(CANCELLED, { cancelled_by: happening.by }), cancelled_by: happening.by }
    case 'posted': {
      const { ledger_transaction_id, value_date, booked_at } = happening
      const completed = step('transaction.completed', { ledger_transaction_id })
      // Imported history comes in the hundred thousands and nobody follows a row of it step by step.
      const steps =
        row.batch_id === null ? [step('transaction.processed', { ledger_transaction_id }), completed] : [completed]
      return { stage: 'COMPLETED', ledger_transaction_id, value_date, booked_at, steps }
    }
    case 'post_refused':
      return row.hold_id === null ? failed(happening.code) : releasing(happening.code)
    case 'hold_released':
      return row.failure_code === CANCELLED
        ? { stage: 'CANCELLED', failure_code: null, steps: [step('transaction.cancelled')] }
        : failed(row.failure_code ?? 'RELEASED')
    case 'reversed': {
      const { reversal_id, reason_code } = happening
      const steps = [step('transaction.reversed', { reversal_id }, reason_code)]
      return { stage: 'REVERSED', reversed_by: reversal_id, steps }
    }
    case 'found_booked': {
      // The saga asks the ledger again, which answers with what it booked under that step.
      const hold_id = row.hold_id ?? happening.hold_id
      return { stage: 'PROCESSING', hold_id, failure_code: null, steps: [step('transaction.processing')] }
    }
    default:
      return unreachable(happening)
  }
}

function judged(row: TransactionRow, verdict: Happening & { kind: 'fraud_verdict' }): Changed & { steps: Step[] } {
  const { decision, fraud_score, rule } = verdict
  switch (decision) {
    case 'ALLOW': {
      const passed = step('transaction.fraud_check.passed', { fraud_score })
      if (!needsApproval(row, verdict.approval_above))
        return { stage: 'PROCESSING', fraud_score, steps: [passed, step('transaction.processing')] }
      const required = step('transaction.approval_required', { rule: APPROVAL_RULE, fraud_score })
      return { stage: 'AWAITING_APPROVAL', fraud_score, requires_approval: true, steps: [passed, required] }
    }
    // A customer cannot be asked again yet, so what needs stronger proof is looked at by a person.
    case 'STEP_UP':
    case 'REVIEW': {
      const steps = [step('transaction.approval_required', { rule, fraud_score })]
      return { stage: 'AWAITING_APPROVAL', fraud_score, requires_approval: true, steps }
    }
    case 'BLOCK':
      return { ...releasing('FRAUD_BLOCKED', { fraud_score }), fraud_score }
    default:
      return unreachable(decision)
  }
}

function failed(code: string): Changed & { steps: Step[] } {
  return { stage: 'FAILED', failure_code: code, steps: [step('transaction.failed', {}, code)] }
}

/** The hold is given back first; only then has the transfer failed. */
function releasing(code: string, data: Step['data'] = {}): Changed & { steps: Step[] } {
  return { stage: 'RELEASING', failure_code: code, steps: [step('transaction.releasing', data, code)] }
}

/** One event of the stream. */
export function step(event_type: StepType, data: Step['data'] = {}, code: string | null = null): Step {
  return { event_type, code, data }
}

/** What people are told of a stage. While a hold is given back the transaction stays what it was, but no longer waits for a person. */
export function statusOf(stage: Stage, before: TransactionStatus): TransactionStatus {
  switch (stage) {
    case 'INITIATED':
    case 'RESERVED':
      return 'PENDING'
    case 'RELEASING':
      return before === 'AWAITING_APPROVAL' ? 'PENDING' : before
    case 'AWAITING_APPROVAL':
    case 'PROCESSING':
    case 'COMPLETED':
    case 'FAILED':
    case 'CANCELLED':
    case 'REVERSED':
      return stage
    default:
      return unreachable(stage)
  }
}

/** True in the stages that no saga leaves by itself. */
export function isEnd(stage: Stage): boolean {
  return stage === 'COMPLETED' || stage === 'FAILED' || stage === 'CANCELLED' || stage === 'REVERSED'
}

/** True when a transaction's status will not change unless a person acts. */
export function isSettled(status: TransactionStatus): boolean {
  return status !== 'PENDING' && status !== 'PROCESSING'
}
