import { accountOwnerAdded } from '#contracts/events/account.ts'
import { react } from '../config.ts'
import { recordOwners } from '../store/owners.ts'

/** Somebody may now act on an account, or may do something else than before. */
export const onAccountOwnerAdded = react(accountOwnerAdded, {
  async run(events, _asked, { tx }) {
    await recordOwners(
      tx,
      events.map(({ data }) => data),
    )
  },
})
