import { listAccounts as contract } from '#contracts/api/account.ts'
import { grantedAccounts } from '#contracts/grants.ts'
import type { Caller } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { accountsOfCustomer } from '../../store/account-lists.ts'

/** The accounts a customer owns, shares or may look at; of them a third party sees those that he chose for it. */
export const listAccounts = implementRead(contract, {
  read: async ({ query }, { sql, caller }) =>
    accountsOfCustomer(sql, customerAskedFor(caller, query.customer_id), query, grantedAccounts(caller, 'accounts')),
})

/** Customers see their own; whoever else may call names a customer. */
function customerAskedFor(caller: Caller, asked: string | undefined): string {
  const isStaff = caller.roles.some((role) => role !== 'customer')
  const customer_id = asked ?? caller.customer_id
  if (customer_id === null) throw new Problem(problems.CUSTOMER_REQUIRED)
  if (!isStaff && customer_id !== caller.customer_id) throw new Problem(problems.CUSTOMER_NOT_YOURS)
  return customer_id
}
