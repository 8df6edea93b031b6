import { listCustomers as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { seenBy } from '../../seen-by.ts'
import { keyedColumns, openCustomers } from '../../store/customers.ts'
import { markOf, PAGE, pageOf } from '../../store/pages.ts'
import type { KeyedCustomerRow } from '../../tables.ts'

/** Customers, newest first, masked; what was taken back is left out. */
export const listCustomers = implementRead(contract, {
  async read({ query: { limit = PAGE, cursor, kyc_status } }, { sql, own, caller }) {
    const mark = markOf(cursor)
    const rows = await sql<KeyedCustomerRow[]>`
      select ${keyedColumns(sql)} from customers c join customer_keys k using (customer_id)
      where c.status = 'ACTIVE'
        ${kyc_status === undefined ? sql`` : sql`and c.kyc_status = ${kyc_status}`}
        ${mark === undefined ? sql`` : sql`and (c.created_at, c.customer_id) < (${mark.at}, ${mark.id}::uuid)`}
      order by c.created_at desc, c.customer_id desc limit ${limit + 1}`
    const { page, next_cursor } = pageOf(rows, limit, (row) => ({ at: row.created_at, id: row.customer_id }))
    const opened = await openCustomers(own.vault, page)
    return { items: opened.map(({ row, profile }) => seenBy(caller, row, profile)), next_cursor }
  },
})
