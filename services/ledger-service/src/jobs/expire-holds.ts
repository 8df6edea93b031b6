import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { apply } from '../domain/core.ts'
import { writeAccounts } from '../store/accounts.ts'
import { lockAccountsOfHolds, lockHolds, writeHolds } from '../store/holds.ts'
import type { HoldRow } from '../tables.ts'

const AT_ONCE = 500

/** Gives back holds whose time is over on the bank clock. Takes the locks of a batch in their order: accounts by id, then holds. */
export const expireHolds = job('expire-holds', {
  everyMs: 1_000,
  async run({ database, clock }) {
    const now = clock.bank.now()
    let ended: number
    do {
      ended = await withTrace(newTrace(), () => database.transact((tx) => expireSome(tx, now)))
    } while (ended === AT_ONCE)
  },
})

async function expireSome(tx: Tx, now: Date): Promise<number> {
  const due = await tx<{ hold_id: string }[]>`
    select hold_id from holds where status = 'ACTIVE' and expires_at <= ${now} order by expires_at limit ${AT_ONCE}`
  if (due.length === 0) return 0
  const ids = due.map((row) => row.hold_id)
  const [accounts, holds] = await Promise.all([lockAccountsOfHolds(tx, ids), lockHolds(tx, ids)])
  const commands = ids.map((hold_id) => ({ kind: 'release_hold' as const, hold_id }))
  const { accounts: changed, holds: released } = apply({ accounts, holds, transactions: new Map() }, commands, now)
  const expired = [...released.values()].map((hold): HoldRow => ({ ...hold, status: 'EXPIRED' }))
  const events = expired.map(({ hold_id, ledger_account_id: account_id, amount_cents }) =>
    occurred(ledgerHoldReleased, { hold_id, account_id, amount_cents, reason_code: 'EXPIRED' }),
  )
  await Promise.all([writeAccounts(tx, changed), writeHolds(tx, expired), publishAll(tx, events)])
  return due.length
}
