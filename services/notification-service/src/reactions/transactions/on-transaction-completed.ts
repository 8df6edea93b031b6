import { transactionCompleted } from '#contracts/events/transaction.ts'
import { react } from '../../config.ts'
import { noticesOfBooked } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Money was booked: who paid, who was paid, or who did both is told. */
export const onTransactionCompleted = react(
  transactionCompleted,
  tellOf({
    accounts: ({ account_id, related_account_id }) => [account_id, related_account_id],
    notices: (data, audience) => noticesOfBooked(data, audience),
    happened: ({ timestamp, value_date }) => ({ happened: new Date(timestamp), value_date }),
  }),
)
