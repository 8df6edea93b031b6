import { getAccount as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import { requireGranted } from '../../owners.ts'
import { accountOf, findAccount } from '../../store/accounts.ts'

/** One account. */
export const getAccount = implementRead(contract, {
  async read({ params }, { sql, caller }) {
    requireGranted(caller, params.account_id, 'accounts')
    return accountOf(await findAccount(sql, params.account_id))
  },
})
