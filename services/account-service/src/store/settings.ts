import type { changeAccountSettings, getAccountSettings } from '#contracts/api/account.ts'
import { getLedgerAccount, setLedgerAccountLimits } from '#contracts/api/ledger.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import type { Caller, Client } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { publish } from '#libs/outbox/publish.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import type { Database, Queryable, Tx } from '#libs/sql/database.ts'
import { currentTrace } from '#libs/telemetry/context.ts'
import { availableOf } from '../domain/balance.ts'
import { type Ceilings, decideLimits, type LimitSetter } from '../domain/limits.ts'
import { problems } from '../problems.ts'
import type { AccountRow, AlertRow, LimitCommandRow, ProductRow } from '../tables.ts'
import { lockAccount, refuseOwnAccount } from './accounts.ts'
import { recordApproval } from './limit-proposals.ts'
import { appendLog, doneBy } from './log.ts'

/**
 * Limits are the ledger's, and what is shown of them is what it says. A change is written down (`announceSettings`), told, then recorded with
 * its line in the log, which strikes the command out; what a crash leaves behind is told and recorded by the job `settle-limit-commands`.
 */
type Wish = InputOf<typeof changeAccountSettings>['body']
export type Settings = ReplyOf<typeof getAccountSettings>
export type LedgerAccount = ReplyOf<typeof getLedgerAccount>

/** The ledger account of an account, or ACCOUNT_NOT_FOUND. */
export async function ledgerAccountOf(account_id: string, { call }: Client): Promise<LedgerAccount> {
  try {
    return await call(getLedgerAccount, { params: { ledger_account_id: account_id } })
  } catch (error) {
    const isUnknown = error instanceof Problem && error.kind.code === 'LEDGER_ACCOUNT_NOT_FOUND'
    throw isUnknown ? new Problem(problems.ACCOUNT_NOT_FOUND) : error
  }
}

/** The settings as the contract shows them. */
export async function settingsOf(sql: Queryable, account: AccountRow, ledger: LedgerAccount): Promise<Settings> {
  const [alert] = await sql<AlertRow[]>`select * from low_balance_alerts where account_id = ${account.account_id}`
  return {
    account_id: account.account_id,
    daily_limit_cents: ledger.daily_limit_cents,
    monthly_limit_cents: ledger.monthly_limit_cents,
    debited_today_cents: ledger.debited_today_cents,
    debited_month_cents: ledger.debited_month_cents,
    low_balance_alert_cents: alert?.threshold_cents ?? null,
    statement_delivery: account.statement_delivery,
    version: account.settings_version,
  }
}

/** Decides a change of settings and writes down what the ledger is going to be told. */
export async function announceSettings(
  tx: Tx,
  {
    account_id,
    settings_version,
    wish,
    ledger,
    approval,
  }: { account_id: string; settings_version: number; wish: Wish; ledger: LedgerAccount; approval?: Approval },
  caller: Caller,
  at: Date,
): Promise<{ command: LimitCommandRow; before: Settings }> {
  const account = await lockAccount(tx, account_id)
  await refuseOwnAccount(tx, account.account_id, caller)
  if (account.status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
  const standing = await tx`select 1 from limit_commands where account_id = ${account.account_id}`
  const isOther = [settings_version, wish.version ?? settings_version].some(
    (version) => version !== account.settings_version,
  )
  if (standing.length > 0 || isOther) throw new Problem(problems.ACCOUNT_CHANGED)
  const before = await settingsOf(tx, account, ledger)
  const by = approval === undefined ? setterOf(caller) : 'TWO_OFFICERS'
  const after = await decided(tx, { account, before, wish, by })
  const changed_fields = FIELDS.filter((name) => after[name] !== before[name])
  if (changed_fields.length === 0) throw new Problem(problems.NOTHING_TO_CHANGE)
  const trace = currentTrace()
  invariant(trace !== undefined, `a change of settings of ${account_id} belongs to no act`)
  const { changed_by: requested_by, by_bank } = doneBy(caller, at)
  const command: LimitCommandRow = {
    account_id: account.account_id,
    command_id: newId(),
    settings_version: account.settings_version + 1,
    ...after,
    changed_fields,
    ...{ proposal_id: null, approved_by: null, decision_reason_encrypted: null },
    ...approval,
    requested_by,
    by_bank,
    requested_at: at,
    correlation_id: trace.correlation_id,
    traceparent: trace.traceparent,
  }
  await tx`insert into limit_commands ${tx({ ...command })}`
  return { command, before }
}

const FIELDS = ['daily_limit_cents', 'monthly_limit_cents', 'low_balance_alert_cents', 'statement_delivery'] as const

/** Who proposes and who approves are two; the command remembers the second, should its request not come back. */
export type Approval = Pick<LimitCommandRow, 'approved_by' | 'decision_reason_encrypted'> & { proposal_id: string }

function setterOf(caller: Caller): LimitSetter {
  return caller.roles.includes('compliance') ? 'OFFICER' : 'OWNER'
}

async function decided(
  tx: Tx,
  { account, before, wish, by }: { account: AccountRow; before: Settings; wish: Wish; by: LimitSetter },
): Promise<Pick<LimitCommandRow, (typeof FIELDS)[number] | keyof Ceilings>> {
  const [product] = await tx<ProductRow[]>`select * from products where product_id = ${account.product_id}`
  invariant(product !== undefined, `${account.account_id} is of no product`)
  const rule = { product, currency: account.currency, by }
  const { low_balance_alert_cents = before.low_balance_alert_cents, statement_delivery = before.statement_delivery } =
    wish
  const { daily_ceiling_cents, monthly_ceiling_cents } = account
  const present = { ...before, daily_ceiling_cents, monthly_ceiling_cents }
  return { ...decideLimits(present, wish, rule), low_balance_alert_cents, statement_delivery }
}

/** Tells the ledger the limits; told again, it answers the same. */
export function tellLimits(command: LimitCommandRow, { call }: Client): Promise<LedgerAccount> {
  const { account_id, daily_limit_cents, monthly_limit_cents, settings_version: version } = command
  const params = { ledger_account_id: account_id }
  return call(setLedgerAccountLimits, { params, body: { daily_limit_cents, monthly_limit_cents, version } })
}

/** Records what the ledger was told, once: a repeat finds the command gone and answers what is. */
export async function recordSettings(
  tx: Tx,
  command: LimitCommandRow,
  { ledger, at }: { ledger: LedgerAccount; at: Date },
): Promise<Settings> {
  const { account_id, settings_version, statement_delivery, changed_fields, requested_by, by_bank } = command
  const account = await lockAccount(tx, account_id)
  if (!(await strikeOutLimits(tx, command))) return settingsOf(tx, account, ledger)
  await tx`
    update accounts set settings_version = ${settings_version}, statement_delivery = ${statement_delivery}, updated_at = ${at},
      daily_ceiling_cents = ${command.daily_ceiling_cents}, monthly_ceiling_cents = ${command.monthly_ceiling_cents}
    where account_id = ${account_id}`
  await recordAlert(tx, command, ledger)
  await recordApproval(tx, command, at)
  const details = Object.fromEntries(
    changed_fields.map((name) => [name, command[name as (typeof FIELDS)[number]]?.toString() ?? null]),
  )
  await appendLog(tx, { changed_by: requested_by, by_bank, at }, [{ account_id, change_type: 'SETTINGS', details }])
  await publish(tx, occurred(accountUpdated, { account_id, change_type: 'SETTINGS', changed_fields }, command))
  return settingsOf(tx, { ...account, settings_version, statement_delivery }, ledger)
}

/** An account that is below its new threshold already is told of when it falls below again. */
async function recordAlert(tx: Tx, command: LimitCommandRow, ledger: LedgerAccount): Promise<void> {
  const { account_id, low_balance_alert_cents: threshold_cents, changed_fields } = command
  if (!changed_fields.includes('low_balance_alert_cents')) return
  if (threshold_cents === null) {
    await tx`delete from low_balance_alerts where account_id = ${account_id}`
    return
  }
  const is_low = availableOf(ledger) < threshold_cents
  await tx`
    insert into low_balance_alerts (account_id, threshold_cents, is_low) values (${account_id}, ${threshold_cents}, ${is_low})
    on conflict (account_id) do update set threshold_cents = excluded.threshold_cents, is_low = excluded.is_low`
}

/** Forgets a command; false when it was gone already. */
export async function strikeOutLimits(tx: Tx, { command_id }: LimitCommandRow): Promise<boolean> {
  const gone = await tx`delete from limit_commands where command_id = ${command_id}`
  return gone.count > 0
}

/** Commands that stand longer than any request takes. */
export async function leftOverLimits(database: Database, before: Date): Promise<LimitCommandRow[]> {
  return [
    ...(await database.app<LimitCommandRow[]>`
      select * from limit_commands where requested_at < ${before} order by requested_at limit 100`),
  ]
}
