import { accountStatementReady } from '#contracts/events/account.ts'
import { react } from '../../config.ts'
import { noticesAbout } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A statement of a closed month is there. */
export const onAccountStatementReady = react(
  accountStatementReady,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: ({ account_id, from, to }, audience) =>
      noticesAbout(audience, account_id, 'account.statement-ready', { from: { date: from }, to: { date: to } }),
  }),
)
