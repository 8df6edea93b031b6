import * as api from '#contracts/api/transaction.ts'
import { resolveKnown } from '../../account-directory.ts'
import { birthOf } from '../../births.ts'
import { implementBatched } from '../../config.ts'
import { decideTransfer } from '../../domain/accounts.ts'
import { newTransfer } from '../../domain/beginnings.ts'
import { isSettled } from '../../domain/states.ts'
import { ofInitiator } from '../../seen-by.ts'
import { beginTransactions } from '../../store/beginnings.ts'
import { presentTransactions } from '../../store/transactions.ts'

/** Moves money from an account to another: writes down the wish; the saga then reserves, checks, books or gives up. */
export const transferMoney = implementBatched(api.transferMoney, {
  /** One question for the whole batch: who is who, and may it move. */
  ask: async (members, { call }) => {
    const bodies = members.map(({ input }) => input.body)
    const known = await resolveKnown(
      { call },
      bodies.flatMap((body) => [body.source_account_id, body.destination_account_id ?? []].flat()),
      bodies.flatMap((body) => body.destination_account_number ?? []),
    )
    return bodies.map((body) => decideTransfer(body, known))
  },

  async decideMany(members, { tx, clock }) {
    const at = clock.wall.now()
    const value_date = clock.bank.businessDate()
    const drafts = members.map(({ id, input: { body }, caller, trace, asked: { source, destination } }) =>
      newTransfer(birthOf({ id, caller, trace, at }), {
        source_account_id: source.account_id,
        destination_account_id: destination.account_id,
        amount_cents: body.amount_cents,
        currency: body.currency,
        description: body.description ?? '',
        external_reference: body.external_reference ?? null,
        value_date,
        branch_id: source.branch_id,
      }),
    )
    return (await beginTransactions(tx, drafts, { business_date: value_date })).map((row) => ({
      reply: ofInitiator.transaction(row),
    }))
  },

  present: (ids, { sql }) => presentTransactions(sql, ids, ofInitiator),
  isFinal: ({ status }) => isSettled(status),
})
