import { getLedgerAccount as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { accountReply, findAccount } from '../../store/accounts.ts'

/** One account with its balance as committed now. */
export const getLedgerAccount = implementRead(contract, {
  async read({ params }, { sql, clock }) {
    const account = await findAccount(sql, params.ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    return accountReply(account, clock.bank.now())
  },
})
