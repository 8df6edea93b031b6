import { transactionCancelled } from '#contracts/events/transaction.ts'
import { react } from '../../config.ts'
import { noticesOfEnded } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A transaction was taken back before it was booked: who would have been paid never knew of it. */
export const onTransactionCancelled = react(
  transactionCancelled,
  tellOf({
    accounts: ({ account_id }) => [account_id],
    notices: (data, audience) => noticesOfEnded(data, [data.account_id], 'transaction.cancelled', audience),
  }),
)
