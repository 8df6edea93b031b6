import { previewHold as contract } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { apply, NO_TRANSACTIONS } from '../../domain/core.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { holdPreview } from '../../store/preview-replies.ts'

/** What placing a hold now would come to: the core decides as it would, of what is read without a lock. */
export const previewHold = implementRead(contract, {
  async read({ body: { ledger_account_id, amount_cents, currency } }, { sql, own, clock }) {
    const account = await findAccount(sql, ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const ids = { hold_id: newId(), transaction_id: newId() }
    const command = { kind: 'place_hold' as const, ...ids, ledger_account_id, amount_cents, currency, expires_in_s: 1 }
    const books = { accounts: new Map([[ledger_account_id, account]]), holds: new Map(), transactions: NO_TRANSACTIONS }
    return holdPreview(apply(books, [command], bookingTimeSeen(own, clock)), account)
  },
})
