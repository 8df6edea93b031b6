import { accountCreated } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { recordAccounts, recordOwners } from '../../store/audience.ts'
import { tellOf } from '../../telling.ts'

/** An account has been opened, or waits for its customer to be verified; its customer may do everything with it. */
export const onAccountCreated = react(
  accountCreated,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    async learn(events, { tx }) {
      const facts = events.map(({ data }) => data)
      await recordAccounts(tx, facts)
      await recordOwners(
        tx,
        facts.map(({ account_id, customer_id }) => ({ account_id, customer_id, capability: 'view,debit,manage' })),
      )
    },
    notices: ({ account_id, customer_id, account_number_last4: last4, status }, audience) =>
      noticeToCustomer(audience, customer_id, status === 'PENDING' ? 'account.pending' : 'account.opened', {
        last4,
      }).map((notice) => ({ ...notice, subject_type: 'account', subject_id: account_id })),
  }),
)
