import { accountOwnerRemoved } from '#contracts/events/account.ts'
import { react } from '../config.ts'

/** Somebody may no longer act on an account, nor look at it. */
export const onAccountOwnerRemoved = react(accountOwnerRemoved, {
  async run(events, _asked, { tx }) {
    await tx`
      delete from account_owners o
      using unnest(${events.map(({ data }) => data.account_id)}::uuid[], ${events.map(({ data }) => data.customer_id)}::uuid[])
        as gone (account_id, customer_id)
      where o.account_id = gone.account_id and o.customer_id = gone.customer_id`
  },
})
