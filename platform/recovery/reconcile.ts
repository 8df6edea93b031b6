import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import { mendOwners } from './check-accounts.ts'
import { bookingsWithoutPosting, postingsWithoutBooking } from './check-bookings.ts'
import { agreeOnEpoch, eventsLostByProducers } from './check-events.ts'
import { accountsOfNobody, compareStates } from './check-states.ts'
import {
  giveBackHolds,
  goOnFromBooking,
  postingsWithoutTransaction,
  transactionsWithoutPosting,
  unsettled,
} from './check-transfers.ts'
import type { SqlOf } from './reconcile-types.ts'

/** What one comparison found: how often, and which by id: all that people decide about, a few of the others. */
export interface Finding {
  check: string
  count: number
  examples: readonly string[]
}

export interface Reconciliation {
  /** Differences that nobody mends by himself: people decide about them before the bank is ready. */
  open: Finding[]
  /** Differences that were mended, or end by themselves. */
  settled: Finding[]
  /** The epoch that all databases have now. */
  epoch: number
}

export interface ReconcileOptions {
  sqlOf: SqlOf
  services: readonly string[]
  /** Transfers begun since then are compared one by one: nothing older can have been under way. */
  since: Date
}

/**
 * Compares what the bank's databases say of each other, after they were restored and before anybody is let in. What a saga or an owner's word can
 * finish is finished; the rest is found and told. Safe to run again.
 */
export async function reconcile({ sqlOf, services, since }: ReconcileOptions): Promise<Reconciliation> {
  const epoch = await agreeOnEpoch(sqlOf, services)
  const ledger = sqlOf('ledger-service')
  const books = await ledger.begin('isolation level repeatable read', (tx) => recompute(tx))
  const discrepancies = books.map(
    ({ kind, id, kept, recomputed }) => `${kind} of ${id}: ${kept}, recomputed ${recomputed}`,
  )
  const states = await compareStates(sqlOf)
  const open = [
    finding('the books differ from what was booked', discrepancies),
    finding('a completed transfer has no posting in the ledger', await transactionsWithoutPosting(sqlOf, since)),
    finding(
      'a posting of a transfer has no transfer, or one that was given up',
      await postingsWithoutTransaction(sqlOf, since),
    ),
    finding('interest or a payout has no posting in the ledger', await bookingsWithoutPosting(sqlOf, since)),
    finding('a posting of interest or a payout is known to nobody', await postingsWithoutBooking(sqlOf, since)),
    finding('an account has another state in the ledger', states.open),
    finding('an account with entries is known to the ledger alone', await accountsOfNobody(sqlOf, since)),
  ]
  const settled: [string, readonly string[]][] = [
    ['transfers that the ledger had booked already: they go on from there', await goOnFromBooking(sqlOf)],
    ['transfers under way, which their sagas finish', await unsettled(sqlOf)],
    ['holds of no transfer, which the ledger gives back', await giveBackHolds(sqlOf)],
    ['accounts whose opening or last state the ledger had lost: mended', states.mended],
    ['owners of accounts that other services did not know, or knew too well: mended', await mendOwners(sqlOf)],
    ['producers that lost events which others had handled', await eventsLostByProducers(sqlOf, services)],
  ]
  return {
    epoch,
    open: open.filter(isAny),
    settled: settled.map(([check, found]) => finding(check, found, EXAMPLES)).filter(isAny),
  }
}

/** Says in every database that the comparison was made: the bank may become ready. */
export async function markReconciled({ sqlOf, services }: Pick<ReconcileOptions, 'sqlOf' | 'services'>): Promise<void> {
  for (const service of services)
    await sqlOf(service)`update restores set reconciled_at = ${new Date()} where reconciled_at is null`
}

const EXAMPLES = 5

function finding(check: string, found: readonly string[], atMost = Number.POSITIVE_INFINITY): Finding {
  return { check, count: found.length, examples: found.slice(0, atMost) }
}

const isAny = ({ count }: Finding): boolean => count > 0
