import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import type { Clock } from '#libs/clock/clock.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { apply } from '../domain/core.ts'
import type { HoldRow } from '../tables.ts'
import { writeAccounts } from './accounts.ts'
import { bookingTime, shareBusinessDay } from './bank-clock.ts'
import { lockAccountsOfHolds, lockHolds, writeHolds } from './holds.ts'

/** Holds that one transaction ends at most. */
export const EXPIRED_AT_ONCE = 500

/**
 * Gives back holds that expire up to a moment of the bank clock, and tells it; returns how many were due. Takes the locks of a batch in their order: the
 * business day, accounts by id, then holds.
 */
export async function expireSome(tx: Tx, { own, clock }: { own: Own; clock: Clock }, until: Date): Promise<number> {
  const due = await tx<{ hold_id: string }[]>`
    select hold_id from holds where status = 'ACTIVE' and expires_at <= ${until} order by expires_at limit ${EXPIRED_AT_ONCE}`
  if (due.length === 0) return 0
  const ids = due.map((row) => row.hold_id)
  const [, accounts, holds, timeNow] = await Promise.all([
    shareBusinessDay(tx),
    lockAccountsOfHolds(tx, ids),
    lockHolds(tx, ids),
    bookingTime(tx, own, clock),
  ])
  // One that was to expire when it was looked for may have been extended before it was locked.
  const over = [...holds.values()].filter((hold) => hold.expires_at <= until)
  const commands = over.map(({ hold_id }) => ({ kind: 'release_hold' as const, hold_id }))
  const decided = apply({ accounts, holds, transactions: new Map() }, commands, timeNow())
  const expired = [...decided.holds.values()].map((hold): HoldRow => ({ ...hold, status: 'EXPIRED' }))
  const events = expired.map(({ hold_id, ledger_account_id: account_id, amount_cents, captured_cents }) =>
    occurred(ledgerHoldReleased, {
      hold_id,
      account_id,
      amount_cents: amount_cents - captured_cents,
      reason_code: 'EXPIRED',
    }),
  )
  await Promise.all([writeAccounts(tx, decided.accounts), writeHolds(tx, expired), publishAll(tx, events)])
  return due.length
}
