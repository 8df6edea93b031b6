import { postTransaction as contract } from '#contracts/api/ledger.ts'
import { implementBatched } from '../../config.ts'
import { bookTransactions } from '../../store/book-transactions.ts'
import { findTransactions, journalReply } from '../../store/journal.ts'
import { stepKeys } from '../../store/steps.ts'

/** Books balanced transactions, each with its own verdict, in one commit for the whole batch. */
export const postTransaction = implementBatched(contract, {
  keys: stepKeys(contract),
  contends: ({ body }) => body.postings.flatMap(({ debit, credit }) => [debit, credit]),
  mint: ({ own }) => own.mintBankId(),

  async decideMany(members, context) {
    const wishes = members.map(({ id, caller, trace, input: { body } }) => ({
      id,
      caller,
      trace,
      service: caller.service,
      body,
      hold_id: body.hold_id ?? null,
      releases_rest: body.releases_rest ?? true,
    }))
    return (await bookTransactions(wishes, context)).verdicts
  },

  present: async (ids, { sql }) =>
    (await findTransactions(sql, ids)).map((row) => (row === undefined ? undefined : journalReply(row))),
})
