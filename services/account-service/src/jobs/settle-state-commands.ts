import { getLedgerAccount } from '#contracts/api/ledger.ts'
import { anonymous } from '#libs/contract/client.ts'
import { writeAudit } from '#libs/http/audit.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { job, type Own } from '../config.ts'
import { LEDGER_STATE_AFTER, type StateCommand } from '../domain/account-states.ts'
import { lockAccount } from '../store/accounts.ts'
import { leftOver, record, strikeOut } from '../store/state-commands.ts'
import type { StateCommandRow } from '../tables.ts'

/** Longer than a request lives: younger commands still have somebody who ends them. */
const LEFT_OVER_MS = 30_000
const OPERATION_OF: Readonly<Record<StateCommand, string>> = {
  FREEZE: 'freezeAccount',
  UNFREEZE: 'unfreezeAccount',
  CLOSE: 'closeAccount',
}

/**
 * Ends changes of state that were cut off between the ledger and the record: what the ledger did is recorded as the request would have
 * recorded it, what it did not do is forgotten. Safe beside late requests and other instances: the account's lock and version decide.
 */
export const settleStateCommands = job('settle-state-commands', {
  everyMs: 2_000,
  async run(context) {
    const before = new Date(context.clock.wall.now().getTime() - LEFT_OVER_MS)
    for (const told of await leftOver(context.database, before)) {
      const isDone = (await ledgerState(told.account_id, context)) === LEDGER_STATE_AFTER[told.command]
      await context.database.transact((tx) => settle(tx, told, isDone, context.clock.wall.now()))
    }
  },
})

async function ledgerState(account_id: string, { call }: JobContext<Own>): Promise<string | undefined> {
  try {
    return (await call(getLedgerAccount, { params: { ledger_account_id: account_id } })).state
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

async function settle(tx: Tx, told: StateCommandRow, isDone: boolean, at: Date): Promise<void> {
  const account = await lockAccount(tx, told.account_id)
  const stands = await tx`select 1 from state_commands where command_id = ${told.command_id}`
  if (stands.length === 0) return
  if (!isDone || account.version + 1 !== told.version) return strikeOut(tx, told)
  await record(tx, account, told, at)
  const caller = { ...anonymous, kind: 'user' as const, sub: told.requested_by }
  const act = {
    operation: OPERATION_OF[told.command],
    caller,
    trace: told,
    entity_id: told.account_id,
    outcome: 'done',
  }
  await writeAudit(tx, [act])
}
