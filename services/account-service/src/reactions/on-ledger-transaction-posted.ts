import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { react } from '../config.ts'
import { tellLowBalances, watchedAmong } from '../store/low-balances.ts'

/** Money moved: the available balances of its accounts may have fallen low, or risen. */
export const onLedgerTransactionPosted = react(ledgerTransactionPosted, {
  ask: (events, { own, call, callMany }) =>
    watchedAmong(
      events.flatMap(({ data }) => data.postings.map(({ account_id }) => account_id)),
      { sql: own.database.app, client: { call, callMany } },
    ),

  run: (_events, known, { tx }) => tellLowBalances(tx, known),
})
