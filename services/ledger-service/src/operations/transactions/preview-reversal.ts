import { previewReversal as contract } from '#contracts/api/ledger-transactions.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { apply } from '../../domain/core.ts'
import { accountsTouchedBy } from '../../owners.ts'
import { problems } from '../../problems.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { findTransactions } from '../../store/journal.ts'
import { booksSeen } from '../../store/preview-books.ts'
import { transactionPreview } from '../../store/preview-replies.ts'
import { bookedTransactions, findReversals } from '../../store/reversals.ts'

/** What reversing a transaction now would come to: the core decides as it would, of what is read without a lock. */
export const previewReversal = implementRead(contract, {
  async read({ params: { ledger_transaction_id: original_id } }, { sql, own, clock }) {
    const [original] = await findTransactions(sql, [original_id])
    if (original === undefined) throw new Problem(problems.LEDGER_TRANSACTION_NOT_FOUND)
    const [books, reversals] = await Promise.all([
      booksSeen(sql, { account_ids: accountsTouchedBy(original), hold_ids: [], named: [] }),
      findReversals(sql, [original_id]),
    ])
    const transactions = bookedTransactions([original], reversals)
    return transactionPreview(
      apply({ ...books, transactions }, [{ kind: 'reverse', original_id }], bookingTimeSeen(own, clock)),
    )
  },
})
