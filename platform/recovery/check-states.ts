import { textArray } from '#libs/sql/text-array.ts'
import { ledgerStateOf } from '#services/account-service/src/domain/account-states.ts'
import { firstLimits } from '#services/account-service/src/domain/limits.ts'
import type { AccountRow, ProductRow } from '#services/account-service/src/tables.ts'
import { insertAccount } from '#services/ledger-service/src/store/accounts.ts'
import { FIRST, idsSince, pagesAfter } from './pages.ts'
import type { SqlOf } from './reconcile-types.ts'

const CUSTOMER_DEPOSITS = { gl_code: 'CUSTOMER_DEPOSITS' }

type Recorded = Pick<
  AccountRow,
  'account_id' | 'status' | 'currency' | 'overdraft_limit_cents' | 'version' | 'settings_version'
> &
  Pick<ProductRow, 'default_daily_hundredths'>

interface InLedger {
  ledger_account_id: string
  state: string
  state_version: number
  limits_version: number
  ledger_balance_cents: bigint
}

export interface StatesFound {
  /** Accounts that the ledger had lost, or whose last change of state it had: it has what account-service recorded after it had been told. */
  mended: string[]
  /** Accounts that the ledger has in a state that account-service does not know of, or that were closed and still have money. */
  open: string[]
}

/** Compares what may be done with each account in the books with what account-service recorded. What is being changed just now its job settles. */
export async function compareStates(sqlOf: SqlOf, now = new Date()): Promise<StatesFound> {
  const found: StatesFound = { mended: [], open: [] }
  const pages = pagesAfter(
    FIRST,
    (last, limit) => sqlOf('account-service')<(Recorded & { id: string })[]>`
      select account_id as id, account_id, status, currency, overdraft_limit_cents, version, settings_version, default_daily_hundredths
      from accounts join products using (product_id)
      where account_id > ${last} and not exists (select from state_commands c where c.account_id = accounts.account_id)
      order by account_id limit ${limit}`,
  )
  for await (const rows of pages) {
    const known = await sqlOf('ledger-service')<InLedger[]>`
      select ledger_account_id, state, state_version, limits_version, ledger_balance_cents from ledger_accounts
      where ledger_account_id = any(${textArray(rows.map((row) => row.account_id))}::uuid[])`
    const books = new Map(known.map((row) => [row.ledger_account_id, row]))
    for (const row of rows) {
      const inLedger = books.get(row.account_id)
      await compareOne(sqlOf, row, inLedger, { found, now })
      if (inLedger !== undefined) await passUsedVersions(sqlOf, row, inLedger)
    }
  }
  return found
}

async function compareOne(
  sqlOf: SqlOf,
  account: Recorded,
  inLedger: InLedger | undefined,
  { found, now }: { found: StatesFound; now: Date },
): Promise<void> {
  const { account_id, status, version, currency, overdraft_limit_cents } = account
  const state = ledgerStateOf(status)
  if (inLedger?.state === state) return
  const ledger = sqlOf('ledger-service')
  if (inLedger === undefined) {
    const [clock] = await ledger<{ offset_ms: bigint }[]>`select offset_ms from bank_clock`
    const created_at = new Date(now.getTime() + Number(clock?.offset_ms ?? 0n))
    const opened = { ledger_account_id: account_id, currency, overdraft_limit_cents, state, created_at }
    await insertAccount(ledger, CUSTOMER_DEPOSITS, { ...opened, ...firstLimits(account, currency) })
  } else if (inLedger.state_version >= version || (state === 'CLOSED' && inLedger.ledger_balance_cents !== 0n)) {
    found.open.push(`${account_id} is ${inLedger.state} in the ledger, ${status} on record`)
    return
  }
  await ledger`
    update ledger_accounts set state = ${state}, state_version = ${version}
    where ledger_account_id = ${account_id} and state_version < ${version}`
  found.mended.push(account_id)
}

/** The ledger ignores what carries a version that it has seen: a block under one that account-service lost would be recorded and not be in force. */
async function passUsedVersions(
  sqlOf: SqlOf,
  { account_id, version, settings_version }: Recorded,
  { state_version, limits_version }: InLedger,
): Promise<void> {
  if (state_version <= version && limits_version <= settings_version) return
  await sqlOf('account-service')`
    update accounts set version = greatest(version, ${state_version}), settings_version = greatest(settings_version, ${limits_version})
    where account_id = ${account_id}`
}

/** Customers' accounts opened since then that have entries in the ledger, and of which account-service knows nothing: it lost them, and their money is here. */
export async function accountsOfNobody(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const found: string[] = []
  const ledger = sqlOf('ledger-service')
  const pages = pagesAfter(
    await idsSince(ledger, since),
    (last, limit) => ledger<{ id: string }[]>`
      select ledger_account_id as id from ledger_accounts
      where ledger_account_id > ${last} and gl_code = ${CUSTOMER_DEPOSITS.gl_code} and entry_count > 0
      order by ledger_account_id limit ${limit}`,
  )
  for await (const rows of pages) {
    const ids = rows.map((row) => row.id)
    const known = await sqlOf('account-service')<{ id: string }[]>`
      select account_id as id from accounts where account_id = any(${textArray(ids)}::uuid[])`
    const there = new Set(known.map((row) => row.id))
    found.push(...ids.filter((id) => !there.has(id)))
  }
  return found
}
