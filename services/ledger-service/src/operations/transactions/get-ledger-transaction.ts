import { getLedgerTransaction as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findTransactions, journalReply } from '../../store/journal.ts'

/** One booked transaction with its postings, and its reversal where there is one. */
export const getLedgerTransaction = implementRead(contract, {
  async read({ params }, { sql }) {
    const [row] = await findTransactions(sql, [params.ledger_transaction_id.toLowerCase()])
    if (row === undefined) throw new Problem(problems.LEDGER_TRANSACTION_NOT_FOUND)
    return journalReply(row)
  },
})
