import { transactionReversed } from '#contracts/events/transaction.ts'
import { react } from '../../config.ts'
import { noticesOfEnded } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A booked transaction was undone: both sides are told. */
export const onTransactionReversed = react(
  transactionReversed,
  tellOf({
    accounts: ({ account_id, related_account_id }) => [account_id, related_account_id],
    notices: (data, audience) =>
      noticesOfEnded(data, [data.account_id, data.related_account_id], 'transaction.reversed', audience),
  }),
)
