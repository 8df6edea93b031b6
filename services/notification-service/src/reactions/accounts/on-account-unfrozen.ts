import { accountUnfrozen } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A frozen account can be used again. */
export const onAccountUnfrozen = react(
  accountUnfrozen,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: ({ account_id }, audience) => noticesAbout(audience, account_id, 'account.unfrozen'),
  }),
)
