import type { OwnerLookup } from '#libs/http/implement.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'

/** True when the caller's customer may do `capability` to the account. A replica may not know a new owner yet, so only the primary says no. */
export const mayAct: OwnerLookup<Own> = async (account_id, { customer_id }, capability, { sql, own }) => {
  if (customer_id === null) return false
  const isGranted = async (database: Queryable): Promise<boolean> => {
    const rows = await database`
      select 1 from account_owners
      where account_id = ${account_id} and customer_id = ${customer_id} and ${capability} = any(capabilities)`
    return rows.length > 0
  }
  return (await isGranted(sql)) || (await isGranted(own.database.app))
}
