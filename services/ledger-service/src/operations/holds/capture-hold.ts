import { captureHold as contract } from '#contracts/api/ledger-holds.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementBatched } from '../../config.ts'
import type { Outcome } from '../../domain/core.ts'
import { bookTransactions } from '../../store/book-transactions.ts'
import { findHolds, holdReply } from '../../store/holds.ts'
import { findTransactions, journalReply } from '../../store/journal.ts'
import { stepKeys } from '../../store/steps.ts'
import type { HoldRow } from '../../tables.ts'

/** Takes parts of holds as booked transactions, each with its own verdict. */
export const captureHold = implementBatched(contract, {
  keys: stepKeys(contract),
  contends: ({ body }) => body.postings.flatMap(({ debit, credit }) => [debit, credit]),
  mint: ({ own }) => own.mintBankId(),

  async decideMany(members, context) {
    const wishes = members.map(({ id, caller, trace, input: { params, body } }) => ({
      id,
      caller,
      trace,
      service: caller.service,
      body,
      hold_id: params.hold_id,
      releases_rest: body.is_final ?? false,
    }))
    const { verdicts, outcomes } = await bookTransactions(wishes, context)
    return verdicts.map((verdict, i) => {
      if (verdict.problem !== undefined) return { problem: verdict.problem }
      const { captured } = outcomes[i] as Extract<Outcome, { kind: 'booked' }>
      return { reply: { transaction: verdict.reply, hold: holdReply(captured as HoldRow) } }
    })
  },

  /** The transaction as it was booked, and the hold as it is now. */
  present: async (ids, { sql }) => {
    const rows = await findTransactions(sql, ids)
    const holds = await holdsById(
      sql,
      rows.flatMap((row) => row?.hold_id ?? []),
    )
    return rows.map((row) => {
      const hold = holds.get(row?.hold_id ?? '')
      return row === undefined || hold === undefined
        ? undefined
        : { transaction: journalReply(row), hold: holdReply(hold) }
    })
  },
})

async function holdsById(sql: Queryable, ids: readonly string[]): Promise<Map<string, HoldRow>> {
  const holds = await findHolds(sql, ids)
  return new Map(holds.flatMap((hold) => (hold === undefined ? [] : [[hold.hold_id, hold]])))
}
