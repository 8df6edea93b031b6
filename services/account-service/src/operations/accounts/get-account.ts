import { getAccount as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import { accountOf, findAccount } from '../../store/accounts.ts'

/** One account. */
export const getAccount = implementRead(contract, {
  read: async ({ params }, { sql }) => accountOf(await findAccount(sql, params.account_id)),
})
