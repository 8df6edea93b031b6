import { getStatement as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import { statementAs } from '../../documents/statement-file.ts'
import { checkPeriod } from '../../domain/statement-period.ts'
import { requireGranted } from '../../owners.ts'
import { findAccount } from '../../store/accounts.ts'
import { makeStatement } from '../../store/statements.ts'

/** The statement of a period, both days included, as JSON, CSV or PDF. */
export const getStatement = implementRead(contract, {
  async read({ params, query: { from, to, format } }, { sql, clock, call, callMany, caller }) {
    requireGranted(caller, params.account_id, 'transactions')
    const account = await findAccount(sql, params.account_id)
    checkPeriod({ from, to }, clock.bank.businessDate())
    const client = { call, callMany }
    return statementAs(format, await makeStatement(account, { from, to }, { client, at: clock.bank.now() }))
  },
})
