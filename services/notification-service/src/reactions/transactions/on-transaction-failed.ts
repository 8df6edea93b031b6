import { transactionFailed } from '#contracts/events/transaction.ts'
import { react } from '../../config.ts'
import { noticesOfEnded } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A transaction was not carried out; why is told where the transaction is shown, not by mail. */
export const onTransactionFailed = react(
  transactionFailed,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: (data, audience) => noticesOfEnded(data, [data.account_id], 'transaction.failed', audience),
  }),
)
