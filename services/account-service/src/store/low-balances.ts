import { getLedgerAccount } from '#contracts/api/ledger.ts'
import { accountBalanceLow } from '#contracts/events/account.ts'
import type { Client } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { availableOf } from '../domain/balance.ts'
import type { AlertRow } from '../tables.ts'
import type { LedgerAccount } from './settings.ts'

/** The present balances of those of the accounts whose owners want to be told; the others cost one look at an index. */
export async function watchedAmong(
  account_ids: readonly string[],
  { sql, client }: { sql: Queryable; client: Client },
): Promise<LedgerAccount[]> {
  const watched = await sql<{ account_id: string }[]>`
    select account_id from low_balance_alerts where account_id = any(${[...new Set(account_ids)]}::uuid[])`
  return Promise.all(
    watched.map(({ account_id }) => client.call(getLedgerAccount, { params: { ledger_account_id: account_id } })),
  )
}

/** Tells, once, of each balance that fell below its threshold; at the threshold again it may fall again. */
export async function tellLowBalances(tx: Tx, known: readonly LedgerAccount[]): Promise<void> {
  if (known.length === 0) return
  const balances = new Map(known.map((one) => [one.ledger_account_id, one]))
  const alerts = await tx<AlertRow[]>`
    select * from low_balance_alerts where account_id = any(${[...balances.keys()]}::uuid[]) order by account_id for update`
  const turned = alerts.filter((alert) => isBelow(alert, balances) !== alert.is_low)
  if (turned.length === 0) return
  await tx`
    update low_balance_alerts set is_low = not is_low where account_id = any(${turned.map((one) => one.account_id)}::uuid[])`
  const fallen = turned.filter((alert) => !alert.is_low)
  await publishAll(
    tx,
    fallen.map(({ account_id, threshold_cents }) => {
      const ledger = balances.get(account_id) as LedgerAccount
      const { currency, as_of } = ledger
      return occurred(accountBalanceLow, {
        account_id,
        available_balance_cents: availableOf(ledger),
        threshold_cents,
        currency,
        as_of,
      })
    }),
  )
}

function isBelow({ account_id, threshold_cents }: AlertRow, balances: ReadonlyMap<string, LedgerAccount>): boolean {
  return availableOf(balances.get(account_id) as LedgerAccount) < threshold_cents
}
