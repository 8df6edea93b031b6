import { payOutAndClose as contract } from '#contracts/api/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { invariant, Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { currentTrace } from '#libs/telemetry/context.ts'
import { implement } from '../../config.ts'
import { isStaff, reasonCodeOf } from '../../domain/account-states.ts'
import { decidePayout } from '../../domain/closing.ts'
import { problems } from '../../problems.ts'
import { lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { closingOf, lastClosing } from '../../store/closings.ts'
import { appendLog, doneBy } from '../../store/log.ts'
import type { AccountRow, ClosingRow } from '../../tables.ts'

export const payOutAndClose = implement(contract, {
  /** Asks for an account to be paid out and closed; the job carries it out, step by step. */
  async run({ params, body }, { tx, clock, caller, changed }) {
    const account = await lockAccount(tx, params.account_id)
    const { account_id } = account
    await refuseOwnAccount(tx, account_id, caller)
    await refuseWithoutDebit(tx, account_id, caller)
    decidePayout(account, await payoutAccount(tx, account, body.payout_account_id))
    if ((await lastClosing(tx, account_id))?.status === 'PENDING') throw new Problem(problems.ACCOUNT_CHANGED)
    const trace = currentTrace()
    invariant(trace !== undefined, `the closing of ${account_id} belongs to no act`)
    const closing: ClosingRow = {
      closing_id: newId(),
      account_id,
      payout_account_id: body.payout_account_id.toLowerCase(),
      status: 'PENDING',
      payout_cents: null,
      failure_code: null,
      reason_code: reasonCodeOf(caller),
      requested_by: caller.sub ?? 'unknown',
      requested_at: clock.wall.now(),
      ended_at: null,
      correlation_id: trace.correlation_id,
      traceparent: trace.traceparent,
    }
    await tx`insert into closings ${tx({ ...closing })}`
    const { closing_id, payout_account_id, requested_at } = closing
    const details = { closing_id, payout_account_id }
    await appendLog(tx, doneBy(caller, requested_at), [{ account_id, change_type: 'CLOSING_REQUESTED', details }])
    changed({ before: { status: account.status }, after: { ...details, reason: body.reason ?? null } })
    return closingOf(closing)
  },
})

/**
 * The account that may be paid out to: one that belongs to the same customer. What leaves a customer's hands is a transfer, which has limits, a
 * fraud check and approvals; to anybody else's account there is none of them here, so that one is not there, whoever asks.
 */
async function payoutAccount(tx: Tx, { customer_id }: AccountRow, id: string): Promise<AccountRow | undefined> {
  const [payout] = await tx<AccountRow[]>`
    select a.* from accounts a join account_owners o on o.account_id = a.account_id
    where a.account_id = ${id} and o.customer_id = ${customer_id} and o.relation in ('OWNER', 'JOINT')`
  return payout
}

/** Paying out moves money, all that there is: to manage an account is not enough for a delegate, nor is a delegate with limits let past them by it. */
async function refuseWithoutDebit(tx: Tx, account_id: string, caller: Caller): Promise<void> {
  if (isStaff(caller)) return
  const [owner] = await tx`
    select 1 from account_owners
    where account_id = ${account_id} and customer_id = ${caller.customer_id} and 'debit' = any(capabilities)
      and max_amount_cents is null`
  if (owner === undefined) throw new Problem(platformProblems.FORBIDDEN)
}
