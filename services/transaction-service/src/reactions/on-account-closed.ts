import { accountClosed } from '#contracts/events/account.ts'
import { react } from '../config.ts'

/** An account has been closed: its owners keep its history and nothing else. */
export const onAccountClosed = react(accountClosed, {
  async run(events, _asked, { tx }) {
    await tx`
      update account_owners set capabilities = '{view}'
      where account_id = any(${events.map(({ data }) => data.account_id)}::uuid[])`
  },
})
