import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { DataOf, EventMessage } from '#libs/contract/event.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import { resolveKnown } from '../account-directory.ts'
import { birthOf } from '../births.ts'
import { react } from '../config.ts'
import { type NewTransaction, newProjection } from '../domain/beginnings.ts'
import { projectionsOf } from '../domain/projections.ts'
import { beginTransactions } from '../store/beginnings.ts'

type Posted = EventMessage<DataOf<typeof ledgerTransactionPosted>>

/** The ledger booked something for another service (interest, a payout): where it moved a customer's money it is in the history, once. */
export const onLedgerTransactionPosted = react(ledgerTransactionPosted, {
  /** Which of the accounts are customers': those that this service was told of, and those that account-service knows. */
  ask: async (events, { call, own }): Promise<ReadonlySet<string>> => {
    const ids = [...new Set(ofOthers(events).flatMap(({ data }) => data.postings.map(({ account_id }) => account_id)))]
    if (ids.length === 0) return new Set()
    const told = await own.database.app<{ account_id: string }[]>`
      select distinct account_id from account_owners where account_id = any(${ids}::uuid[])`
    const known = new Set(told.map(({ account_id }) => account_id))
    const unknown = ids.filter((id) => !known.has(id))
    const resolved = await resolveKnown({ call }, unknown)
    for (const id of unknown) if (resolved.byId(id) !== undefined) known.add(id)
    return known
  },

  async run(events, customers, { tx, clock, mintId }) {
    const [at, business_date] = [clock.wall.now(), clock.bank.businessDate()]
    const drafts = new Map(
      ofOthers(events).map((event) => [event.data.ledger_transaction_id, draftsOf(event, { customers, mintId, at })]),
    )
    const fresh = await claim(
      tx,
      [...drafts].filter(([, rows]) => rows.length > 0).map(([id]) => id),
    )
    await beginTransactions(
      tx,
      fresh.flatMap((id) => drafts.get(id) ?? []),
      { business_date },
    )
  },
})

function ofOthers(events: readonly Posted[]): Posted[] {
  return events.filter(({ data }) => data.source !== undefined && data.source !== 'transaction-service')
}

/** The ids are our own: those of others may lie in months that have no partition here, and one booking may be two transactions. */
function draftsOf(
  event: Posted,
  { customers, mintId, at }: { customers: ReadonlySet<string>; mintId: () => string; at: Date },
): NewTransaction[] {
  const { ledger_transaction_id, source = '', reference, value_date, booked_at } = event.data
  return projectionsOf(event.data, (account_id) => customers.has(account_id)).map((movement) =>
    newProjection(birthOf({ id: mintId(), caller: { ...anonymous, service: source }, trace: traceOf(event), at }), {
      ...movement,
      ...{ ledger_transaction_id, value_date, external_reference: reference, branch_id: null },
      booked_at: new Date(booked_at),
      projected_from: source,
    }),
  )
}

/** Takes bookings for the history, each once for ever; returns those that were not there. */
async function claim(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx<{ ledger_transaction_id: string }[]>`
    insert into projected_postings (ledger_transaction_id) select unnest(${ids.toSorted()}::uuid[])
    on conflict do nothing returning ledger_transaction_id`
  const fresh = new Set(rows.map((row) => row.ledger_transaction_id))
  return ids.filter((id) => fresh.has(id))
}
