import { getAccountBalance as contract } from '#contracts/api/account.ts'
import { getLedgerAccount } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { availableOf, overdraftOf } from '../../domain/balance.ts'
import { requireGranted } from '../../owners.ts'
import { problems } from '../../problems.ts'

/** The balances as the ledger knows them now: it has the account under the same id, so nothing is read here. */
export const getAccountBalance = implementRead(contract, {
  async read({ params }, { call, caller }) {
    requireGranted(caller, params.account_id, 'balances')
    const known = await call(getLedgerAccount, { params: { ledger_account_id: params.account_id } }).catch(asOurs)
    // The bank's own accounts stand in the same ledger and are nobody's account.
    if (known.gl_code !== 'CUSTOMER_DEPOSITS') throw new Problem(problems.ACCOUNT_NOT_FOUND)
    return {
      account_id: known.ledger_account_id,
      currency: known.currency,
      ledger_balance_cents: known.ledger_balance_cents,
      available_balance_cents: availableOf(known),
      pending_balance_cents: known.held_cents,
      overdraft_limit_cents: overdraftOf(known),
      as_of: known.as_of,
    }
  },
})

function asOurs(error: unknown): never {
  const isUnknown = error instanceof Problem && error.kind.code === 'LEDGER_ACCOUNT_NOT_FOUND'
  throw isUnknown ? new Problem(problems.ACCOUNT_NOT_FOUND) : error
}
