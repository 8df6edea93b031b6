import { setLedgerAccountState } from '#contracts/api/ledger.ts'
import { anonymous } from '#libs/contract/client.ts'
import { writeAudit } from '#libs/http/audit.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { job, type Own } from '../config.ts'
import { LEDGER_STATE_AFTER, ledgerStateOf, type StateCommand } from '../domain/account-states.ts'
import { findAccount, lockAccount } from '../store/accounts.ts'
import { giveUp, leftOver, record, strikeOut } from '../store/state-commands.ts'
import type { StateCommandRow } from '../tables.ts'

/** Longer than a request lives: younger commands still have somebody who ends them. */
const LEFT_OVER_MS = 60_000
/** Whose acts are audited; what follows from an event is audited where the event began. */
const OPERATION_OF: Readonly<Partial<Record<StateCommand, string>>> = {
  FREEZE: 'freezeAccount',
  UNFREEZE: 'unfreezeAccount',
  CLOSE: 'closeAccount',
}

/**
 * Ends changes of state that were cut off between the ledger and the record: what the ledger did is recorded as the request would have
 * recorded it, what it did not do is given up. Safe beside late requests and other instances: the account's lock and version decide.
 */
export const settleStateCommands = job('settle-state-commands', {
  everyMs: 2_000,
  async run(context) {
    const before = new Date(context.clock.wall.now().getTime() - LEFT_OVER_MS)
    for (const told of await leftOver(context.database, before)) {
      try {
        const isDone = (await ledgerState(told, context)) === LEDGER_STATE_AFTER[told.command]
        await context.database.transact((tx) => settle(tx, told, isDone, context.clock.wall.now()))
      } catch (error) {
        // One that the ledger cannot answer holds up no other.
        if (!(error instanceof Problem || error instanceof Fault)) throw error
        context.log.warn({ account_id: told.account_id, error }, 'a change of state could not be settled, trying again')
      }
    }
  },
})

/**
 * The state that the ledger settles on. It is told the recorded state under the command's own version: if the command was there before,
 * that changes nothing and the answer shows what it did; if not, the version is used up, and a command that is still on its way is void.
 */
async function ledgerState(told: StateCommandRow, { call, database }: JobContext<Own>): Promise<string> {
  const account = await findAccount(database.app, told.account_id)
  const body = { state: ledgerStateOf(account.status), version: told.version }
  try {
    return (await call(setLedgerAccountState, { params: { ledger_account_id: told.account_id }, body })).state
  } catch (error) {
    if (error instanceof Problem && error.kind.code === 'LEDGER_ACCOUNT_CLOSED') return 'CLOSED'
    throw error
  }
}

async function settle(tx: Tx, told: StateCommandRow, isDone: boolean, at: Date): Promise<void> {
  const account = await lockAccount(tx, told.account_id)
  const stands = await tx`select 1 from state_commands where command_id = ${told.command_id}`
  if (stands.length === 0) return
  if (account.version + 1 !== told.version) return strikeOut(tx, told)
  if (!isDone) return giveUp(tx, account, told, at)
  await record(tx, account, told, at)
  const operation = OPERATION_OF[told.command]
  if (operation === undefined || told.reason_code.startsWith('KYC_')) return
  const caller = { ...anonymous, kind: 'user' as const, sub: told.requested_by }
  await writeAudit(tx, [{ operation, caller, trace: told, entity_id: told.account_id, outcome: 'done' }])
}
