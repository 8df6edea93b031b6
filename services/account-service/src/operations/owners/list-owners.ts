import { listOwners as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { ownerOf } from '../../store/owner-rows.ts'
import type { OwnerRow } from '../../tables.ts'

/** Who owns an account or may act on it, the first owner first. */
export const listOwners = implementRead(contract, {
  async read({ params }, { sql }) {
    const rows = await sql<OwnerRow[]>`
      select * from account_owners
      where account_id = ${params.account_id}
      order by relation <> 'OWNER', added_at, customer_id`
    // Every account has its first owner, so no rows means no account.
    if (rows.length === 0) throw new Problem(problems.ACCOUNT_NOT_FOUND)
    return { items: rows.map(ownerOf) }
  },
})
