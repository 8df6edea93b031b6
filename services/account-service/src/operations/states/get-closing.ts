import { getClosing as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { closingOf, lastClosing } from '../../store/closings.ts'

/** How far the last closing of an account is. */
export const getClosing = implementRead(contract, {
  async read({ params }, { sql }) {
    const { account_id } = await findAccount(sql, params.account_id)
    const closing = await lastClosing(sql, account_id)
    if (closing === undefined) throw new Problem(problems.CLOSING_NOT_FOUND)
    return closingOf(closing)
  },
})
