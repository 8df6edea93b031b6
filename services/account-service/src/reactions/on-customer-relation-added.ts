import { customerRelationAdded } from '#contracts/events/customer.ts'
import type { DataOf } from '#libs/contract/event.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import { react } from '../config.ts'
import { byTheBank } from '../store/log.ts'
import { addRelated } from '../store/openings.ts'
import { recordRelations } from '../store/standing.ts'

/** Somebody may act for a customer: he is put on all accounts of that customer, and will be on those to come. */
export const onCustomerRelationAdded = react(customerRelationAdded, {
  async run(events, _asked, { tx, clock }) {
    const at = clock.wall.now()
    for (const event of events) {
      const account_ids = await accountsOf(tx, event.data, at)
      await recordRelations(tx, [event.data])
      await addRelated(tx, account_ids, event.data, byTheBank(at), traceOf(event))
    }
  },
})

/** The customer's standing is locked first: an account that is being opened is either seen here, or sees the relation. */
async function accountsOf(tx: Tx, { customer_id }: DataOf<typeof customerRelationAdded>, at: Date): Promise<string[]> {
  await tx`
    insert into customer_standing (customer_id, kyc_status, is_refused, updated_at)
    values (${customer_id}, 'PENDING', false, ${at}) on conflict do nothing`
  await tx`select 1 from customer_standing where customer_id = ${customer_id} for update`
  const rows = await tx<{ account_id: string }[]>`
    select account_id from accounts where customer_id = ${customer_id} and status <> 'CLOSED' order by account_id for update`
  return rows.map(({ account_id }) => account_id)
}
