import type { TestContext } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { aCustomer, aStaffMember, confirming } from '#libs/testing/callers.ts'
import { type Bank, openBank } from './open-bank.ts'
import { refusedWith } from './refused-with.ts'

/** For `assert.rejects`: a confirmation is asked for. */
export const REQUIRED = refusedWith('STEP_UP_REQUIRED')

/** A production bank: 30.00 at once, 100.00 or five times since the last confirmation, nothing to a payee that is new. */
export async function openStrict(t: TestContext) {
  const bank = await openBank(t, {}, 'production')
  const [ann, bob] = [aCustomer(), aCustomer()]
  const [from, to] = [bank.openAccount(ann, { balance_cents: 100_000_000n }), bank.openAccount(bob)]
  const wish = (amount_cents: bigint, more: object = {}) => ({
    ...{ source_account_id: from, destination_account_id: to, amount_cents, currency: 'EUR' },
    ...more,
  })
  const pay = async (amount_cents: bigint, more: object = {}): Promise<string | null> => {
    const { transaction_id } = (await bank.transfer(ann, wish(amount_cents, more))).reply
    return groundOf(bank, transaction_id)
  }
  const confirm = async (amount_cents: bigint, more: object = {}) => bank.confirmed(ann, wish(amount_cents, more))
  return { bank, ann, bob, from, to, wish, pay, confirm }
}

/** Why a transfer could begin, as staff see it. */
export async function groundOf(bank: Bank, transaction_id: string): Promise<string | null> {
  return (await bank.transactionOf(transaction_id)).sca
}

type Policy = ReplyOf<typeof api.proposeScaPolicy>
type Limits = Partial<InputOf<typeof api.proposeScaPolicy>['body']>

/** What a proposal asks for where nothing else is said: the limits that production begins with. */
export const PROPOSAL = {
  ...{ low_value_hundredths: 3_000, low_value_total_hundredths: 10_000, low_value_count: 5, new_payee_hundredths: 0 },
  ...{ trusted_payee_hundredths: 1_000_000, api_key_hundredths: 100_000, recurring_days: 6, has_own_accounts: true },
  reason: 'as decided',
}

/** Proposes a policy that differs in some limits. */
export async function proposed(bank: Bank, limits: Limits, by: Caller): Promise<Policy> {
  return (await bank.call(api.proposeScaPolicy, { body: { ...PROPOSAL, ...limits } }, by)).reply
}

/** Decides about a policy, confirmed with a strong factor. */
export function decide(
  bank: Bank,
  policy_id: string | null,
  by: Caller,
  decision: 'APPROVED' | 'REJECTED' = 'APPROVED',
): Promise<{ reply: Policy }> {
  const input = { params: { policy_id: policy_id as string }, body: { decision, reason: 'seen' } }
  return bank.call(api.decideScaPolicy, input, confirming(by, api.decideScaPolicy, input))
}

/** Puts a policy in force that differs in some limits, by two persons. */
export async function inForce(bank: Bank, limits: Limits): Promise<void> {
  const { policy_id } = await proposed(bank, limits, aStaffMember('compliance'))
  await decide(bank, policy_id, aStaffMember('compliance'))
}
