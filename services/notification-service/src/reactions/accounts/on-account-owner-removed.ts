import { accountOwnerRemoved } from '#contracts/events/account.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { react } from '../../config.ts'

/** Somebody may no longer look at an account, and is no longer told of it. */
export const onAccountOwnerRemoved = react(accountOwnerRemoved, {
  async run(events, _asked, { tx }) {
    await tx`
      delete from account_owners o
      using unnest(${textArray(events.map(({ data }) => data.account_id))}::uuid[], ${textArray(events.map(({ data }) => data.customer_id))}::uuid[])
        as gone (account_id, customer_id)
      where o.account_id = gone.account_id and o.customer_id = gone.customer_id`
  },
})
