import { accountCreated } from '#contracts/events/account.ts'
import { react } from '../config.ts'
import { recordOwners } from '../store/owners.ts'

/** An account has been opened: its customer may do everything with it. */
export const onAccountCreated = react(accountCreated, {
  async run(events, _asked, { tx }) {
    await recordOwners(
      tx,
      events.map(({ data: { account_id, customer_id } }) => ({
        account_id,
        customer_id,
        capability: 'view,debit,manage',
      })),
    )
  },
})
