import { listAccountsOfUser as contract } from '#contracts/api/account.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import type { Caller, Client } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { accountsOfCustomer } from '../../store/account-lists.ts'

/** The accounts of a user. A user who is no customer has none. */
export const listAccountsOfUser = implementRead(contract, {
  async read({ params, query }, { sql, caller, call, callMany }) {
    const customer_id = await customerOf(params.user_id.toLowerCase(), caller, { call, callMany })
    return customer_id === null ? { items: [], next_cursor: null } : accountsOfCustomer(sql, customer_id, query)
  },
})

/** A customer asks for himself; to him everybody else is unknown, whether there is such a user or not. */
async function customerOf(user_id: string, caller: Caller, { call }: Client): Promise<string | null> {
  if (caller.sub === user_id) return caller.customer_id
  if (caller.kind === 'user' && caller.roles.every((role) => role === 'customer'))
    throw new Problem(problems.USER_NOT_FOUND)
  const { items } = await call(resolveUsers, { body: { user_ids: [user_id], customer_ids: [] } })
  const [user] = items
  if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
  return user.customer_id
}
