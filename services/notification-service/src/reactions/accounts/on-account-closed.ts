import { accountClosed } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** An account is closed; its owners keep its history. */
export const onAccountClosed = react(
  accountClosed,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: ({ account_id }, audience) => noticesAbout(audience, account_id, 'account.closed'),
  }),
)
