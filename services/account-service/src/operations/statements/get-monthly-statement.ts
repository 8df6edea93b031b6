import { getMonthlyStatement as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { statementAs } from '../../documents/statement-file.ts'
import { requireGranted } from '../../owners.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { makeStatement } from '../../store/statements.ts'
import type { StatementRow } from '../../tables.ts'

/** One monthly statement: its month is over, so it says the same whenever it is asked for. */
export const getMonthlyStatement = implementRead(contract, {
  async read({ params, query: { format } }, { sql, call, callMany, caller }) {
    requireGranted(caller, params.account_id, 'transactions')
    const account = await findAccount(sql, params.account_id)
    const [row] = await sql<StatementRow[]>`
      select * from statements where statement_id = ${params.statement_id} and account_id = ${account.account_id}`
    if (row === undefined) throw new Problem(problems.STATEMENT_NOT_FOUND)
    const period = { from: row.from_date, to: row.to_date }
    const client = { call, callMany }
    return statementAs(format, await makeStatement(account, period, { client, at: row.created_at }))
  },
})
