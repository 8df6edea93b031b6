import type * as api from '#contracts/api/transaction.ts'
import { resolveKnown } from './account-directory.ts'
import { birthOf } from './births.ts'
import { implementBatched } from './config.ts'
import { decideAccountOfOther } from './domain/accounts.ts'
import { newCashMovement } from './domain/beginnings.ts'
import { isSettled } from './domain/states.ts'
import { whole } from './seen-by.ts'
import { beginTransactions } from './store/beginnings.ts'
import { presentTransactions } from './store/transactions.ts'

/** What a teller does with cash: a deposit credits the account, a withdrawal debits it. Booked as soon as the ledger answers. */
export function cashMovement(
  contract: typeof api.depositCash | typeof api.withdrawCash,
  direction: 'CREDIT' | 'DEBIT',
) {
  return implementBatched(contract, {
    /** Who the account is, and whether cash may arrive there, or leave. */
    ask: async (members, { call }) => {
      const bodies = members.map(({ input }) => input.body)
      const known = await resolveKnown(
        { call },
        bodies.map((body) => body.account_id),
      )
      return members.map(({ input, caller }) => {
        const { account_id, currency } = input.body
        const movement = { pointer: '/account_id', currency, leaves: direction === 'DEBIT' }
        return decideAccountOfOther(known.byId(account_id), movement, caller)
      })
    },

    async decideMany(members, { tx, clock }) {
      const at = clock.wall.now()
      const value_date = clock.bank.businessDate()
      const drafts = members.map(({ id, input: { body }, caller, trace, asked: account }) =>
        newCashMovement(birthOf({ id, caller, trace, at }), {
          account_id: account.account_id,
          direction,
          amount_cents: body.amount_cents,
          currency: body.currency,
          description: body.description ?? '',
          value_date,
          branch_id: account.branch_id,
        }),
      )
      return (await beginTransactions(tx, drafts, { business_date: value_date })).map((row) => ({
        reply: whole.transaction(row),
      }))
    },

    present: (ids, { sql }) => presentTransactions(sql, ids, whole),
    isFinal: ({ status }) => isSettled(status),
    awaitEnd: (id, wait_ms, { pending }) => pending.awaitEnd(id, wait_ms),
  })
}
