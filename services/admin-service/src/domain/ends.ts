import { unreachable } from '#libs/problem/problem.ts'
import type { ApprovalStatus, TransactionStatus } from '../tables.ts'

/** How an approval of a transaction ended, and who ended it as far as its service says. */
export interface End {
  status: Exclude<ApprovalStatus, 'PENDING'>
  decided_by: string | null
  reason: string | null
}

/** What the present state of a transaction says of its approval; null while it may still be decided. */
export function endOf(transaction: {
  status: TransactionStatus
  approved_by: string | null
  failure_code: string | null
}): End | null {
  const { status, approved_by, failure_code } = transaction
  switch (status) {
    case 'PENDING':
    case 'AWAITING_APPROVAL':
      return null
    case 'PROCESSING':
    case 'COMPLETED':
    case 'REVERSED':
      return { status: 'APPROVED', decided_by: approved_by, reason: null }
    case 'FAILED':
      // One that was approved and refused by the ledger afterwards was approved all the same.
      return { status: approved_by === null ? 'REJECTED' : 'APPROVED', decided_by: approved_by, reason: failure_code }
    case 'CANCELLED':
      return { status: 'WITHDRAWN', decided_by: null, reason: null }
    default:
      return unreachable(status)
  }
}
