import { Fault, Problem } from '#libs/problem/problem.ts'
import { job } from '../config.ts'
import { decidedPendingAccounts, settlePending } from '../store/pending-accounts.ts'

/**
 * Opens for use, or closes, what is still pending although its customer has been decided on: accounts that were being opened just when the
 * event came. What is on its way elsewhere is left to it and looked at again.
 */
export const settlePendingAccounts = job('settle-pending-accounts', {
  everyMs: 1_000,
  async run({ call, callMany, clock, own, log }) {
    for (const pending of await decidedPendingAccounts(own)) {
      try {
        await settlePending(pending, { call, callMany, clock, own })
      } catch (error) {
        if (!(error instanceof Problem || error instanceof Fault)) throw error
        log.warn({ account_id: pending.account_id, error }, 'a pending account could not be settled, trying again')
      }
    }
  },
})
