import { accountFrozen } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Nothing leaves an account any more. */
export const onAccountFrozen = react(
  accountFrozen,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: ({ account_id }, audience) => noticesAbout(audience, account_id, 'account.frozen'),
  }),
)
