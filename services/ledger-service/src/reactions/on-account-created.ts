import { accountCreated } from '#contracts/events/account.ts'
import { react } from '../config.ts'
import { CUSTOMER_DEPOSITS } from '../domain/chart.ts'
import { insertAccount } from '../store/accounts.ts'

/**
 * Repairs a ledger account that is missing: account-service opens it before it records the account, so there is nothing to do unless the
 * ledger was restored from before. The event carries neither overdraft nor limits, so the repaired account has none; one that was pending is
 * frozen until account-service says otherwise.
 */
export const onAccountCreated = react(accountCreated, {
  async run(events, _asked, { tx, clock }) {
    const accounts = events.map(({ data: { account_id: ledger_account_id, currency, status } }) => ({
      ledger_account_id,
      currency,
      state: status === 'PENDING' ? ('FROZEN' as const) : ('OPEN' as const),
    }))
    for (const account of accounts.sort((a, b) => (a.ledger_account_id < b.ledger_account_id ? -1 : 1)))
      await insertAccount(tx, CUSTOMER_DEPOSITS, {
        ...account,
        overdraft_limit_cents: 0n,
        created_at: clock.bank.now(),
      })
  },
})
