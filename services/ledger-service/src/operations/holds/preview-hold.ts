import { previewHold as contract } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { apply } from '../../domain/core.ts'
import { problems } from '../../problems.ts'
import { findAccount, roomOf } from '../../store/accounts.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { shownProblem } from '../../store/shown-problem.ts'

/** What placing a hold now would come to: the core decides as it would, of what is read without a lock. */
export const previewHold = implementRead(contract, {
  async read({ body: { ledger_account_id, amount_cents, currency } }, { sql, own, clock }) {
    const account = await findAccount(sql, ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const ids = { hold_id: newId(), transaction_id: newId() }
    const command = { kind: 'place_hold' as const, ...ids, ledger_account_id, amount_cents, currency, expires_in_s: 1 }
    const books = { accounts: new Map([[ledger_account_id, account]]), holds: new Map(), transactions: new Map() }
    const { outcomes, accounts } = apply(books, [command], bookingTimeSeen(own, clock))
    const [outcome] = outcomes
    const after = accounts.get(ledger_account_id) ?? account
    return {
      is_accepted: outcome?.kind === 'held',
      problem: outcome?.kind === 'refused' ? shownProblem(outcome.problem) : null,
      ledger_balance_cents: after.ledger_balance_cents,
      held_cents: after.held_cents,
      available_balance_cents: roomOf(after),
    }
  },
})
