import * as api from '#contracts/api/identity.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implement } from '../../config.ts'
import { userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Names and addresses behind ids. Whom the replica does not know yet is looked up where it is written: an event may be read before the row
 * it speaks of has arrived there.
 */
export const resolveUsers = implement(api.resolveUsers, {
  ask: ({ body }, { sql }) => usersOf(sql, body.user_ids, body.customer_ids),

  async run({ body }, { tx, own }, found) {
    const [users, customers] = [
      new Set(found.map((user) => user.user_id)),
      new Set(found.map((user) => user.customer_id)),
    ]
    const user_ids = body.user_ids.filter((id) => !users.has(id))
    const customer_ids = body.customer_ids.filter((id) => !customers.has(id))
    const late = user_ids.length + customer_ids.length === 0 ? [] : await usersOf(tx, user_ids, customer_ids)
    const all = new Map([...found, ...late].map((user) => [user.user_id, user]))
    const items = [...all.values()].map((user) => {
      const { user_id, email, first_name, last_name, roles, is_active } = userReply(own.vault, user)
      // The customer that the person is, also where he acts as staff now: it is what was asked by.
      return { user_id, customer_id: user.customer_id, email, first_name, last_name, roles, is_active }
    })
    return { items }
  },
})

function usersOf(sql: Queryable, user_ids: readonly string[], customer_ids: readonly string[]): Promise<UserRow[]> {
  return sql<UserRow[]>`
    select * from users where user_id = any(${[...user_ids]}::uuid[])
    union
    select * from users where customer_id = any(${[...customer_ids]}::uuid[])`
}
