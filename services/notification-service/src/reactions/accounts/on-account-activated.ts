import { accountActivated } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** An account that waited can be used. */
export const onAccountActivated = react(
  accountActivated,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: ({ account_id }, audience) => noticesAbout(audience, account_id, 'account.activated'),
  }),
)
