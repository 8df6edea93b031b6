import { accountBalanceLow } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Less is left on an account than its owner wants. */
export const onAccountBalanceLow = react(
  accountBalanceLow,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: ({ account_id, available_balance_cents, threshold_cents, currency }, audience) =>
      noticesAbout(audience, account_id, 'account.balance-low', {
        amount: { minor: available_balance_cents, currency },
        threshold: { minor: threshold_cents, currency },
      }),
  }),
)
