import { Problem, unreachable } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountRow, ReasonCode, StateCommandRow } from '../tables.ts'

export type StateCommand = StateCommandRow['command']

/** Who wants the change. */
export interface Actor {
  roles: readonly string[]
  customer_id: string | null
}

/** The status that an account has after a command. */
export const STATUS_AFTER = { ACTIVATE: 'ACTIVE', FREEZE: 'FROZEN', UNFREEZE: 'ACTIVE', CLOSE: 'CLOSED' } as const
/** The state of its ledger account: a frozen account means that nothing leaves while credits still arrive. */
export const LEDGER_STATE_AFTER = {
  ACTIVATE: 'OPEN',
  FREEZE: 'DEBIT_BLOCKED',
  UNFREEZE: 'OPEN',
  CLOSE: 'CLOSED',
} as const

/** The roles that the contracts let change other people's accounts. */
const STAFF: readonly string[] = ['teller', 'support', 'operator', 'compliance']

/** The state that the ledger account of an account in this status has. */
export function ledgerStateOf(status: AccountRow['status']): 'OPEN' | 'DEBIT_BLOCKED' | 'FROZEN' | 'CLOSED' {
  if (status === 'CLOSED') return 'CLOSED'
  if (status === 'PENDING') return 'FROZEN'
  return status === 'FROZEN' ? 'DEBIT_BLOCKED' : 'OPEN'
}

type AccountState = Pick<AccountRow, 'status' | 'customer_id'>

/** True when there is something to change; the refusal is thrown. One rule per command, for `ask` and for `run`. */
export function decideStateChange(command: StateCommand, account: AccountState, by: Actor): boolean {
  switch (command) {
    case 'ACTIVATE':
      return account.status === 'PENDING'
    case 'FREEZE':
      return decideFreeze(account)
    case 'UNFREEZE':
      return decideUnfreeze(account, by)
    case 'CLOSE':
      return decideClosing(account, by)
    default:
      return unreachable(command)
  }
}

/** Freezing a frozen account changes nothing. One that is pending is blocked both ways already: frozen, it would take credits. */
function decideFreeze(account: AccountState): boolean {
  if (account.status === 'PENDING') throw new Problem(problems.ACCOUNT_PENDING)
  if (account.status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
  return account.status !== 'FROZEN'
}

/** Staff lift a freeze, but nobody from an account of his own (four eyes). */
function decideUnfreeze(account: AccountState, by: Actor): boolean {
  if (account.status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
  if (account.customer_id === by.customer_id) throw new Problem(problems.OWN_ACCOUNT)
  return account.status === 'FROZEN'
}

/** An owner may not close what is frozen, also not as staff: that would end an investigation. Closing twice changes nothing. */
function decideClosing(account: AccountState, by: Actor): boolean {
  if (account.status === 'CLOSED') return false
  const isOthers = isStaff(by) && account.customer_id !== by.customer_id
  if (account.status === 'FROZEN' && !isOthers) throw new Problem(problems.ACCOUNT_FROZEN)
  return true
}

/** The row after a command; its version is one higher. */
export function changedAccount(
  account: AccountRow,
  command: StateCommand,
  change: { reason: string | null; at: Date },
): AccountRow {
  return {
    ...account,
    status: STATUS_AFTER[command],
    version: account.version + 1,
    frozen_reason: command === 'FREEZE' ? change.reason : command === 'UNFREEZE' ? null : account.frozen_reason,
    closed_at: command === 'CLOSE' ? change.at : null,
    updated_at: change.at,
  }
}

/** Why, as a code for events, which carry no free text: people write names into it. */
export function reasonCodeOf(by: Actor): ReasonCode {
  return isStaff(by) ? 'STAFF_DECISION' : 'OWNER_REQUEST'
}

/** True for a role by which the contracts let people act on accounts of others. */
export function isStaff(by: Actor): boolean {
  return by.roles.some((role) => STAFF.includes(role))
}
