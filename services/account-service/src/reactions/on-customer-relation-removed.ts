import { accountOwnerRemoved } from '#contracts/events/account.ts'
import { customerRelationRemoved } from '#contracts/events/customer.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll, traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { appendLog, byTheBank } from '../store/log.ts'

/** Somebody may no longer act for a customer: he leaves the accounts that he was put on for it, and no others. */
export const onCustomerRelationRemoved = react(customerRelationRemoved, {
  async run(events, _asked, { tx, clock }) {
    const by = byTheBank(clock.wall.now())
    for (const event of events) {
      const { customer_id, related_customer_id } = event.data
      await tx`select 1 from customer_standing where customer_id = ${customer_id} for update`
      await tx`
        delete from customer_relations
        where customer_id = ${customer_id} and related_customer_id = ${related_customer_id}`
      await tx`select 1 from accounts where customer_id = ${customer_id} order by account_id for update`
      const gone = await tx<{ account_id: string }[]>`
        delete from account_owners o using accounts a
        where a.account_id = o.account_id and a.customer_id = ${customer_id}
          and o.customer_id = ${related_customer_id} and o.via_relation
        returning o.account_id`
      const details = { customer_id: related_customer_id }
      const lines = gone.map(({ account_id }) => ({ account_id, change_type: 'OWNER_REMOVED', details }))
      await appendLog(tx, by, lines)
      const removed = gone.map(({ account_id }) =>
        occurred(accountOwnerRemoved, { account_id, customer_id: related_customer_id }, traceOf(event)),
      )
      await publishAll(tx, removed)
    }
  },
})
