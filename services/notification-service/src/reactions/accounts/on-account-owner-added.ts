import { accountOwnerAdded } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout, noticeToCustomer } from '../../domain/notices.ts'
import { recordOwners } from '../../store/audience.ts'
import { tellOf } from '../../telling.ts'

/**
 * Somebody may now act on an account, or may do something else than before: he is told, and so is everybody else on it, since it is staff who
 * let people in.
 */
export const onAccountOwnerAdded = react(
  accountOwnerAdded,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    customers: ({ customer_id }) => [customer_id],
    learn: (events, { tx }) =>
      recordOwners(
        tx,
        events.map(({ data }) => data),
      ),
    notices: ({ account_id, customer_id }, audience) => {
      const joined = noticeToCustomer(audience, customer_id, 'account.owner-added', {
        last4: audience.last4(account_id),
      }).map((notice) => ({ ...notice, subject_type: 'account' as const, subject_id: account_id }))
      const others = noticesAbout(audience, account_id, 'account.owner-joined')
      return [...joined, ...others.filter(({ user_id }) => user_id !== audience.userOf(customer_id))]
    },
  }),
)
