import type { Clock } from '#libs/clock/clock.ts'
import { type Client, serviceCaller } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { newTrace, type TraceContext, withTrace } from '#libs/telemetry/context.ts'
import type { Own } from '../config.ts'
import { recordTold, type StateWish, tellLedger } from './state-commands.ts'

/** What takes a change of state to its end outside an operation: a reaction's `ask` has it, and a job. */
export interface Settling extends Client {
  clock: Clock
  own: Own
}

/** What becomes of a pending account: its customer was verified, or turned away for good. */
export interface PendingAccount {
  account_id: string
  customer_id: string
  is_refused: boolean
}

/** Most accounts that one look takes. */
const AT_ONCE = 200

/** Pending accounts whose customers have been decided on. */
export async function decidedPendingAccounts(own: Own): Promise<PendingAccount[]> {
  return [
    ...(await own.database.app<PendingAccount[]>`
      select a.account_id, a.customer_id, s.is_refused from accounts a join customer_standing s using (customer_id)
      where a.status = 'PENDING' and (s.is_refused or s.kyc_status = 'VERIFIED')
      order by a.account_id limit ${AT_ONCE}`),
  ]
}

/**
 * Settles the pending accounts of a customer who has just been decided on. What a refusal keeps from it (another change is under way) is left
 * to the job.
 */
export async function settlePendingOf(
  { customer_id, is_refused }: Omit<PendingAccount, 'account_id'>,
  settling: Settling,
  trace: TraceContext,
): Promise<void> {
  const rows = await settling.own.database.app<{ account_id: string }[]>`
    select account_id from accounts where customer_id = ${customer_id} and status = 'PENDING' order by account_id`
  for (const { account_id } of rows) {
    try {
      await settlePending({ account_id, customer_id, is_refused }, settling, trace)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
}

/** Opens a pending account for use, or closes it: the ledger first, then the record. A repeat finds it done. */
export async function settlePending(
  { account_id, is_refused }: PendingAccount,
  settling: Settling,
  trace = newTrace(),
): Promise<void> {
  const caller = serviceCaller('account-service')
  const wish: StateWish = is_refused
    ? { command: 'CLOSE', account_id, reason: null, reason_code: 'KYC_REJECTED' }
    : { command: 'ACTIVATE', account_id, reason: null, reason_code: 'KYC_APPROVED' }
  await withTrace(trace, async () => {
    const told = await tellLedger(wish, { ...settling, caller })
    const at = settling.clock.wall.now()
    await settling.own.database.transact((tx) => recordTold(tx, wish, told, caller, at))
  })
}
