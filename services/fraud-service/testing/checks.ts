import { changeFraudRule } from '#contracts/api/fraud.ts'
import { fraudCheckCompleted } from '#contracts/events/fraud.ts'
import { transactionBalanceReserved } from '#contracts/events/transaction.ts'
import type { DataOf } from '#libs/contract/event.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'

export type Reserved = DataOf<typeof transactionBalanceReserved>
export type Completed = DataOf<typeof fraudCheckCompleted>

/** A transfer of 250.00 EUR whose money is reserved, between accounts of its own unless given. */
export function aReservedTransfer(known: Partial<Reserved> = {}): Reserved {
  return {
    transaction_id: newId(),
    hold_id: newId(),
    account_id: newId(),
    related_account_id: newId(),
    amount_cents: 25_000n,
    currency: 'EUR',
    session_id: null,
    device_id: null,
    ...known,
  }
}

/** Sends transfers to be judged, all before the first verdict is waited for, and gives the verdicts in their order. */
export async function judged(bank: ServiceTest, transfers: readonly Reserved[]): Promise<Completed[]> {
  const before = (await bank.published(fraudCheckCompleted)).length
  for (const transfer of transfers) bank.receive(transactionBalanceReserved, transfer)
  const verdicts = await eventually(async () => {
    const all = await bank.published(fraudCheckCompleted)
    return all.length >= before + transfers.length ? all.slice(before) : false
  })
  return verdicts as Completed[]
}

/** Changes a rule as compliance; what is not given is that of a rule that reviews amounts above 10.00. */
export async function setRule(
  bank: ServiceTest,
  rule_id: string,
  rule: Partial<InputOf<typeof changeFraudRule>['body']>,
): Promise<void> {
  const usual = { measure: 'AMOUNT', window_s: 0, threshold: 1_000, decision: 'REVIEW', score: 400 } as const
  const body = { ...usual, is_active: true, description: 'a rule of a test', ...rule }
  await bank.call(changeFraudRule, { params: { rule_id }, body }, aStaffMember('compliance'))
}
