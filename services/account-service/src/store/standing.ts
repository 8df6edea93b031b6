import { resolveCustomers } from '#contracts/api/customer.ts'
import type { KycStatus } from '#contracts/enums.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { RelationRow, StandingRow } from '../tables.ts'

type Resolved = ReplyOf<typeof resolveCustomers>['items'][number]

/** What is known of a customer, from here or from customer-service; `resolved` where it was asked. */
export interface KnownCustomer {
  customer_id: string
  kyc_status: KycStatus
  is_refused: boolean
  resolved: Resolved | undefined
}

/**
 * What is known of a customer; undefined for one who is nobody's. Who is not verified here is asked for: the event that tells it may be on its
 * way, and a customer who has just been told that he is verified does not wait for it.
 */
export async function standingOf(
  customer_id: string,
  sql: Queryable,
  client: Client,
): Promise<KnownCustomer | undefined> {
  const [row] = await sql<StandingRow[]>`select * from customer_standing where customer_id = ${customer_id}`
  if (row?.kyc_status === 'VERIFIED' || row?.is_refused) return { ...row, resolved: undefined }
  const [asked] = await askForCustomers([customer_id], client)
  return asked ?? (row === undefined ? undefined : { ...row, resolved: undefined })
}

/** What customer-service knows of customers; unknown ones are left out. */
export async function askForCustomers(customer_ids: readonly string[], { call }: Client): Promise<KnownCustomer[]> {
  const { items } = await call(resolveCustomers, { body: { customer_ids: [...customer_ids] } })
  return items.map((resolved) => {
    const { customer_id, kyc_status, status } = resolved
    return { customer_id, kyc_status, is_refused: status === 'ROLLED_BACK', resolved }
  })
}

/**
 * The standing as it is recorded, which no event changes until this transaction ends. What was asked for is recorded where nothing was; an
 * event that came meanwhile knows better.
 */
export async function lockStanding(tx: Tx, known: KnownCustomer, at: Date): Promise<StandingRow> {
  const { customer_id, kyc_status, is_refused, resolved } = known
  const added = await tx`
    insert into customer_standing (customer_id, kyc_status, is_refused, updated_at)
    values (${customer_id}, ${kyc_status}, ${is_refused}, ${at}) on conflict do nothing`
  if (added.count > 0 && resolved !== undefined)
    await recordRelations(
      tx,
      resolved.relations.map((relation) => ({ customer_id, ...relation })),
    )
  const [row] = await tx<StandingRow[]>`select * from customer_standing where customer_id = ${customer_id} for share`
  return row as StandingRow
}

/** Records the standing of customers after their events, the last of one customer standing. A customer who was refused stays so. */
export async function recordStandings(
  tx: Tx,
  changes: readonly { customer_id: string; kyc_status: KycStatus; is_refused: boolean }[],
  at: Date,
): Promise<void> {
  const last = [...new Map(changes.map((change) => [change.customer_id, change])).values()]
  await tx`
    insert into customer_standing as known (customer_id, kyc_status, is_refused, updated_at)
    select customer_id, kyc_status, is_refused, ${at}
    from unnest(${textArray(last.map((one) => one.customer_id))}::uuid[], ${textArray(last.map((one) => one.kyc_status))}::text[],
      ${textArray(last.map((one) => String(one.is_refused)))}::boolean[]) as change (customer_id, kyc_status, is_refused)
    order by customer_id
    on conflict (customer_id) do update set kyc_status = excluded.kyc_status,
      is_refused = known.is_refused or excluded.is_refused, updated_at = excluded.updated_at`
}

/** Records who may act for customers; whoever could already has what he is given now. */
export async function recordRelations(tx: Tx, relations: readonly RelationRow[]): Promise<void> {
  for (const { customer_id, related_customer_id, relation, capabilities } of relations)
    await tx`
      insert into customer_relations (customer_id, related_customer_id, relation, capabilities)
      values (${customer_id}, ${related_customer_id}, ${relation}, ${capabilities})
      on conflict (customer_id, related_customer_id) do update set relation = excluded.relation, capabilities = excluded.capabilities`
}
