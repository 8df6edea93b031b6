import { ledgerHoldPlaced } from '#contracts/events/ledger.ts'
import { react } from '../config.ts'
import { tellLowBalances, watchedAmong } from '../store/low-balances.ts'

/** Money was reserved: the available balance of an account may have fallen low. */
export const onLedgerHoldPlaced = react(ledgerHoldPlaced, {
  ask: (events, { own, call, callMany }) =>
    watchedAmong(
      events.map(({ data }) => data.account_id),
      { sql: own.database.app, client: { call, callMany } },
    ),

  run: (_events, known, { tx }) => tellLowBalances(tx, known),
})
