import { setLedgerAccountState } from '#contracts/api/ledger.ts'
import { accountActivated, accountClosed, accountFrozen, accountUnfrozen } from '#contracts/events/account.ts'
import type { Clock } from '#libs/clock/clock.ts'
import type { Caller, Client } from '#libs/contract/client.ts'
import type { NewEvent } from '#libs/contract/event.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { publish } from '#libs/outbox/publish.ts'
import { invariant, Problem, unreachable } from '#libs/problem/problem.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import { currentTrace } from '#libs/telemetry/context.ts'
import type { Own } from '../config.ts'
import {
  changedAccount,
  decideStateChange,
  LEDGER_STATE_AFTER,
  reasonCodeOf,
  type StateCommand,
} from '../domain/account-states.ts'
import { problems } from '../problems.ts'
import type { AccountRow, ReasonCode, StateCommandRow } from '../tables.ts'
import { lockAccount, refuseOwnAccount } from './accounts.ts'
import { isDayOutstanding, isInterestOwed } from './interest.ts'
import { appendLog, type Doer } from './log.ts'

/**
 * How a change of state stays whole although two databases take part: the command is written down (`announce`), the ledger is told, then
 * the outcome is recorded (`record`), which strikes the command out. While a command stands, commands of another kind are refused, so the
 * version it carries is its own. A crash between the steps leaves the command, and the job `settle-state-commands` ends it.
 */
export interface StateWish {
  command: StateCommand
  account_id: string
  reason: string | null
  /** Where it is another than the caller's own decision. */
  reason_code?: ReasonCode
}

/** What telling takes: an operation's `ask` has it, a reaction's and a job with the caller they act for. */
export interface Telling extends Client {
  clock: Clock
  own: Own
  caller: Caller
}

/** What the ledger was told; undefined when there was nothing to change. */
export type Told = (StateCommandRow & { status_before: AccountRow['status'] }) | undefined

/** Tells the ledger, which is the authority on what may move, before the account is touched. Safe to have happened even if `run` refuses. */
export async function tellLedger(wish: StateWish, context: Telling): Promise<Told> {
  const { caller, own } = context
  // Looked at when the balance has left: what was there at the end of a day that is being closed earns for that day.
  if (wish.command === 'CLOSE' && (await isDayOutstanding(own.database.app, wish.account_id, context)))
    throw new Problem(problems.ACCOUNT_CHANGED)
  const told = await own.database.transact((tx) => announce(tx, wish, caller, context.clock.wall.now()))
  if (told === undefined) return undefined
  try {
    const body = { state: LEDGER_STATE_AFTER[wish.command], version: told.version }
    const params = { ledger_account_id: wish.account_id }
    const known = await context.call(setLedgerAccountState, { params, body }, { acting: caller })
    if (known.state !== body.state) throw new Problem(problems.ACCOUNT_CHANGED)
  } catch (error) {
    // A refusal is an answer: nothing was changed there. After a fault nothing is known, so the command stays for the job.
    if (error instanceof Problem) await own.database.transact((tx) => strikeOut(tx, told))
    throw ourProblem(error)
  }
  return told
}

function ourProblem(error: unknown): unknown {
  if (!(error instanceof Problem)) return error
  if (error.kind.code === 'BALANCE_NOT_ZERO') return new Problem(problems.BALANCE_NOT_ZERO)
  return error.kind.code === 'LEDGER_ACCOUNT_CLOSED' ? new Problem(problems.ACCOUNT_CLOSED) : error
}

async function announce(tx: Tx, wish: StateWish, caller: Caller, at: Date): Promise<Told> {
  const { command, account_id, reason } = wish
  const account = await lockAccount(tx, account_id)
  await refuseOwnAccount(tx, account_id, caller)
  const changes = decideStateChange(command, account, caller)
  const [other] = await tx`
    select 1 from state_commands where account_id = ${account_id} and command <> ${command} and version > ${account.version} limit 1`
  if (other !== undefined) throw new Problem(problems.ACCOUNT_CHANGED)
  if (!changes) return undefined
  // What has been earned is paid before the account is closed, and after that nothing accrues: both hold the account's lock.
  if (command === 'CLOSE' && (await isInterestOwed(tx, account_id))) throw new Problem(problems.BALANCE_NOT_ZERO)
  const trace = currentTrace()
  invariant(trace !== undefined, `${command} of ${account_id} belongs to no act`)
  const row: StateCommandRow = {
    command_id: newId(),
    account_id,
    command,
    version: account.version + 1,
    reason,
    reason_code: wish.reason_code ?? reasonCodeOf(caller),
    requested_by: caller.sub ?? caller.service ?? 'unknown',
    requested_at: at,
    correlation_id: trace.correlation_id,
    traceparent: trace.traceparent,
  }
  await tx`insert into state_commands ${tx({ ...row })}`
  return { ...row, status_before: account.status }
}

/** Records what the ledger was told, once; a repeat finds it done and answers the same. ACCOUNT_CHANGED when something came between. */
export async function recordTold(tx: Tx, wish: StateWish, told: Told, caller: Caller, at: Date): Promise<AccountRow> {
  const account = await lockAccount(tx, wish.account_id)
  if (!decideStateChange(wish.command, account, caller)) {
    if (told !== undefined) await strikeOut(tx, told)
    return account
  }
  if (told?.version !== account.version + 1) throw new Problem(problems.ACCOUNT_CHANGED)
  return record(tx, account, told, at)
}

/** Writes the account's new state, its event, and strikes the command out. The account is locked, and the command carries its next version. */
export async function record(tx: Tx, account: AccountRow, told: StateCommandRow, at: Date): Promise<AccountRow> {
  const next = changedAccount(account, told.command, { reason: told.reason, at })
  await tx`
    update accounts set status = ${next.status}, version = ${next.version}, frozen_reason = ${next.frozen_reason},
      closed_at = ${next.closed_at}, updated_at = ${next.updated_at}
    where account_id = ${next.account_id}`
  await strikeOut(tx, told)
  const { account_id, status } = next
  const details = { status, reason_code: told.reason_code }
  await appendLog(tx, doerOf(told, at), [{ account_id, change_type: CHANGE_OF[told.command], details }])
  await publish(tx, eventOf(next, told))
  return next
}

/**
 * Gives up a command that the ledger did not carry out. Its version is used up there, so that it cannot be carried out late either; the
 * account's next command takes a higher one.
 */
export async function giveUp(tx: Tx, account: AccountRow, told: StateCommandRow, at: Date): Promise<void> {
  await tx`update accounts set version = ${told.version}, updated_at = ${at} where account_id = ${account.account_id}`
  await strikeOut(tx, told)
}

/** Forgets a command whose outcome is known. */
export async function strikeOut(tx: Tx, told: StateCommandRow): Promise<void> {
  await tx`delete from state_commands where command_id = ${told.command_id}`
}

const CHANGE_OF = { ACTIVATE: 'ACTIVATED', FREEZE: 'FROZEN', UNFREEZE: 'UNFROZEN', CLOSE: 'CLOSED' } as const

function doerOf({ requested_by, reason_code }: StateCommandRow, at: Date): Doer {
  return { changed_by: requested_by, by_bank: reason_code !== 'OWNER_REQUEST', at }
}

function eventOf(account: AccountRow, told: StateCommandRow): NewEvent {
  const { account_id, customer_id } = account
  const { reason_code, requested_by: changed_by } = told
  switch (told.command) {
    case 'ACTIVATE':
      return occurred(accountActivated, { account_id, customer_id }, told)
    case 'FREEZE':
      return occurred(accountFrozen, { account_id, customer_id, reason_code, changed_by }, told)
    case 'UNFREEZE':
      return occurred(accountUnfrozen, { account_id, changed_by }, told)
    case 'CLOSE':
      return occurred(accountClosed, { account_id, reason: reason_code }, told)
    default:
      return unreachable(told.command)
  }
}

/** Commands that stand longer than any request takes: their process died, or did not hear the ledger's answer. */
export function leftOver(database: Database, before: Date): Promise<StateCommandRow[]> {
  return database.app<StateCommandRow[]>`
    select * from state_commands where requested_at < ${before} order by requested_at limit 100`
}
