import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import { react } from '../config.ts'
import { tellLowBalances, watchedAmong } from '../store/low-balances.ts'

/** A reserved amount is free again: the available balance of an account may have risen. */
export const onLedgerHoldReleased = react(ledgerHoldReleased, {
  ask: (events, { own, call, callMany }) =>
    watchedAmong(
      events.map(({ data }) => data.account_id),
      { sql: own.database.app, client: { call, callMany } },
    ),

  run: (_events, known, { tx }) => tellLowBalances(tx, known),
})
