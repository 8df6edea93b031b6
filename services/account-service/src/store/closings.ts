import type { payOutAndClose } from '#contracts/api/account.ts'
import { postTransaction } from '#contracts/api/ledger.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { MOST_ATTEMPTS, payoutObstacle, payoutStep } from '../domain/closing.ts'
import type { AccountRow, ClosingRow, PayoutRow } from '../tables.ts'
import { findAccount, lockAccount } from './accounts.ts'
import { lastMonth } from './interest.ts'
import { recordTold as recordInterest, recordPayments, tellPostings } from './interest-run.ts'
import { appendLog } from './log.ts'
import type { Settling } from './pending-accounts.ts'
import { ledgerAccountOf } from './settings.ts'
import { recordTold, type StateWish, tellLedger } from './state-commands.ts'

/**
 * An account is paid out and closed in steps that each happen once: interest, the whole balance, the closing. Nothing is blocked meanwhile,
 * because what is blocked cannot be paid out either; a credit that arrives in between makes the ledger refuse the closing, and is paid out by
 * the next attempt. Every step is written down before the ledger is told, so it may be cut off anywhere and goes on there.
 */
const ROUNDS = 4

/** The closing as the contract shows it. */
export function closingOf(row: ClosingRow): ReplyOf<typeof payOutAndClose> {
  return {
    closing_id: row.closing_id,
    account_id: row.account_id,
    payout_account_id: row.payout_account_id,
    status: row.status,
    payout_cents: row.payout_cents,
    failure_code: row.failure_code,
    requested_at: row.requested_at.toISOString(),
  }
}

/** Takes a closing as far as it goes now; what is left is taken up again. */
export async function carryOut(closing: ClosingRow, settling: Settling): Promise<void> {
  const { database } = settling.own
  for (let round = 0; round < ROUNDS; round++) {
    const account = await findAccount(database.app, closing.account_id)
    if (account.status === 'CLOSED') return database.transact((tx) => complete(tx, closing, settling))
    const obstacle = await payOut(closing, account, settling)
    if (obstacle !== undefined) return database.transact((tx) => fail(tx, closing, obstacle, settling))
    if (await close(closing, settling)) return
  }
}

/** Pays interest and the balance out; answers why that cannot be, or undefined. */
async function payOut(closing: ClosingRow, account: AccountRow, settling: Settling): Promise<string | undefined> {
  const underWay = await payoutUnderWay(settling.own.database.app, closing)
  const unheard = underWay && (await tellPayout(closing, underWay, account, settling))
  if (unheard !== undefined) return unheard
  if (account.status === 'FROZEN') return 'ACCOUNT_FROZEN'
  const before = payoutObstacle(await ledgerAccountOf(account.account_id, settling))
  if (before !== undefined) return before
  const unpaid = await payInterest(account, settling)
  if (unpaid !== undefined) return unpaid
  const known = await ledgerAccountOf(account.account_id, settling)
  const obstacle = payoutObstacle(known)
  if (obstacle !== undefined) return obstacle
  const payout = await settling.own.database.transact((tx) => nextPayout(tx, closing, known.ledger_balance_cents))
  if (payout === undefined) return undefined
  if (payout === 'TOO_MANY') return 'BALANCE_KEEPS_MOVING'
  return tellPayout(closing, payout, account, settling)
}

/** What has been earned up to the last day that is over is on the account before it is paid out; answers why it cannot be, or undefined. */
async function payInterest({ account_id, currency }: AccountRow, settling: Settling): Promise<string | undefined> {
  const { database } = settling.own
  const month = await lastMonth(database.app, account_id)
  if (month === undefined) return undefined
  const paid = { business_date: month.accrued_to, at: settling.clock.wall.now() }
  await database.transact((tx) => recordPayments(tx, [{ account_id, currency }], paid))
  const open = await openPayments(database.app, account_id)
  const told = await tellPostings(open, settling)
  await database.transact((tx) => recordInterest(tx, told))
  return told.flatMap((one) => ('refusal_code' in one ? [one.refusal_code] : []))[0]
}

async function openPayments(sql: Queryable, account_id: string) {
  return [
    ...(await sql<Parameters<typeof tellPostings>[0][number][]>`
      select * from interest_postings
      where kind = 'PAYMENT' and account_id = ${account_id} and ledger_transaction_id is null order by posting_id`),
  ]
}

/** The payout whose answer was not heard: whatever else is in the way, it may have been booked, so it is told again first. */
async function payoutUnderWay(sql: Queryable, { closing_id }: ClosingRow): Promise<PayoutRow | undefined> {
  const [row] = await sql<PayoutRow[]>`
    select * from closing_payouts
    where closing_id = ${closing_id} and ledger_transaction_id is null and refusal_code is null`
  return row
}

/** The payout under way, or the next one for what is on the account now; undefined when there is nothing. */
async function nextPayout(
  tx: Tx,
  { closing_id }: ClosingRow,
  balance_cents: bigint,
): Promise<PayoutRow | 'TOO_MANY' | undefined> {
  await tx`select 1 from closings where closing_id = ${closing_id} for update`
  const [last] = await tx<PayoutRow[]>`
    select * from closing_payouts where closing_id = ${closing_id} order by attempt desc limit 1`
  if (last !== undefined && last.ledger_transaction_id === null && last.refusal_code === null) return last
  if (balance_cents === 0n) return undefined
  const attempt = (last?.attempt ?? 0) + 1
  if (attempt > MOST_ATTEMPTS) return 'TOO_MANY'
  const row = { closing_id, attempt, amount_cents: balance_cents, ledger_transaction_id: null, refusal_code: null }
  await tx`insert into closing_payouts ${tx(row)}`
  return row
}

async function tellPayout(
  closing: ClosingRow,
  payout: PayoutRow,
  account: AccountRow,
  settling: Settling,
): Promise<string | undefined> {
  const { database } = settling.own
  const { closing_id, payout_account_id: credit } = closing
  const { attempt, amount_cents } = payout
  const body = {
    transaction_id: closing_id,
    step: payoutStep(attempt),
    business_event: 'ACCOUNT_CLOSURE',
    reference: `CLOSE-${account.account_number}`,
    description: `Balance of ${account.account_number} at its closing`,
    currency: account.currency,
    postings: [{ debit: account.account_id, credit, amount_cents }],
  }
  try {
    const { ledger_transaction_id } = await settling.call(postTransaction, { body })
    await database.app`
      update closing_payouts set ledger_transaction_id = ${ledger_transaction_id}
      where closing_id = ${closing_id} and attempt = ${attempt}`
    return undefined
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code } = error.kind
    await database.app`
      update closing_payouts set refusal_code = ${code} where closing_id = ${closing_id} and attempt = ${attempt}`
    // Something left the account in between: the next attempt pays what is there then.
    return code === 'INSUFFICIENT_FUNDS' ? undefined : code
  }
}

/** Closes the account in the ledger and on record; false when it holds something, or another change is under way. */
async function close(closing: ClosingRow, settling: Settling): Promise<boolean> {
  const { account_id, reason_code } = closing
  const wish: StateWish = { command: 'CLOSE', account_id, reason: null, reason_code }
  const caller: Caller = { ...anonymous, kind: 'user', sub: closing.requested_by }
  try {
    const told = await tellLedger(wish, { ...settling, caller })
    await settling.own.database.transact(async (tx) => {
      await recordTold(tx, wish, told, caller, settling.clock.wall.now())
      await complete(tx, closing, settling)
    })
    return true
  } catch (error) {
    if (error instanceof Problem && ['BALANCE_NOT_ZERO', 'ACCOUNT_CHANGED', 'ACCOUNT_FROZEN'].includes(error.kind.code))
      return false
    throw error
  }
}

async function complete(tx: Tx, { closing_id }: ClosingRow, { clock }: Settling): Promise<void> {
  await tx`
    update closings set status = 'COMPLETED', ended_at = ${clock.wall.now()},
      payout_cents = (select coalesce(sum(amount_cents), 0)::int8 from closing_payouts
        where closing_id = ${closing_id} and ledger_transaction_id is not null)
    where closing_id = ${closing_id} and status = 'PENDING'`
}

async function fail(tx: Tx, closing: ClosingRow, failure_code: string, { clock }: Settling): Promise<void> {
  const at = clock.wall.now()
  const { account_id, closing_id, requested_by: changed_by, reason_code } = closing
  await lockAccount(tx, account_id)
  const failed = await tx`
    update closings set status = 'FAILED', failure_code = ${failure_code}, ended_at = ${at},
      payout_cents = (select sum(amount_cents)::int8 from closing_payouts
        where closing_id = ${closing_id} and ledger_transaction_id is not null)
    where closing_id = ${closing_id} and status = 'PENDING'`
  if (failed.count === 0) return
  const doer = { changed_by, by_bank: reason_code !== 'OWNER_REQUEST', at }
  await appendLog(tx, doer, [{ account_id, change_type: 'CLOSING_FAILED', details: { failure_code } }])
}

/** The last closing of an account; undefined when none was asked for. */
export async function lastClosing(sql: Queryable, account_id: string): Promise<ClosingRow | undefined> {
  const [row] = await sql<ClosingRow[]>`
    select * from closings where account_id = ${account_id} order by closing_id desc limit 1`
  return row
}
