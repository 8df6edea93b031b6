import { accountOwnerRemoved } from '#contracts/events/account.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Somebody may no longer look at an account: he is told so, and from then on nothing of it. */
export const onAccountOwnerRemoved = react(
  accountOwnerRemoved,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    customers: ({ customer_id }) => [customer_id],
    async learn(events, { tx }) {
      await tx`
        delete from account_owners o
        using unnest(${textArray(events.map(({ data }) => data.account_id))}::uuid[], ${textArray(events.map(({ data }) => data.customer_id))}::uuid[])
          as gone (account_id, customer_id)
        where o.account_id = gone.account_id and o.customer_id = gone.customer_id`
    },
    notices: ({ account_id, customer_id }, audience) =>
      noticeToCustomer(audience, customer_id, 'account.owner-removed', { last4: audience.last4(account_id) }).map(
        (notice) => ({ ...notice, subject_type: 'account', subject_id: account_id }),
      ),
  }),
)
