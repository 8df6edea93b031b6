import { getLedgerAccount as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementReadMany } from '../../config.ts'
import { problems } from '../../problems.ts'
import { accountReply, findAccounts } from '../../store/accounts.ts'

/** One account with its balance as committed now. */
export const getLedgerAccount = implementReadMany(contract, {
  async readMany(inputs, { sql, clock, own }) {
    const ids = inputs.map(({ params }) => params.ledger_account_id)
    const accounts = await findAccounts(sql, ids)
    const time = { now: clock.bank.now(), business_date: own.known.business_date }
    return ids.map((id) => {
      const account = accounts.get(id)
      return account === undefined
        ? { problem: new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND) }
        : { reply: accountReply(account, time) }
    })
  },
})
