import { listRelations as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { assertCustomer } from '../../store/customers.ts'
import type { RelationRow } from '../../tables.ts'

/** Who may act for a customer, in the order in which they were named. */
export const listRelations = implementRead(contract, {
  async read({ params }, { sql }) {
    await assertCustomer(sql, params.customer_id)
    const rows = await sql<RelationRow[]>`
      select * from customer_relations where customer_id = ${params.customer_id} order by added_at, related_customer_id`
    return { items: rows.map((row) => ({ ...row, added_at: row.added_at.toISOString() })) }
  },
})
