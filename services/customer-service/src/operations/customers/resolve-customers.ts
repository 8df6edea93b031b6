import { resolveCustomers as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { keyedColumns, openCustomers } from '../../store/customers.ts'
import type { KeyedCustomerRow, RelationRow } from '../../tables.ts'

/**
 * What other services must know of customers; unknown ones are left out. It reads the primary: its no is final for the asker, and a replica
 * may not know a new customer yet.
 */
export const resolveCustomers = implementRead(contract, {
  async read({ body: { customer_ids } }, { own }) {
    const sql = own.database.app
    const rows = await sql<KeyedCustomerRow[]>`
      select ${keyedColumns(sql)} from customers c left join customer_keys k using (customer_id)
      where c.customer_id = any(${customer_ids}::uuid[])`
    const relations = await sql<RelationRow[]>`
      select * from customer_relations where customer_id = any(${customer_ids}::uuid[]) order by added_at, related_customer_id`
    const ofCustomer = Map.groupBy(relations, ({ customer_id }) => customer_id)
    const opened = await openCustomers(own.vault, rows)
    return {
      items: opened.map(({ row: { customer_id, user_id, status, kyc_status }, profile }) => ({
        ...{ customer_id, user_id, status, kyc_status },
        first_name: profile?.first_name ?? null,
        last_name: profile?.last_name ?? null,
        email: profile?.email ?? null,
        phone: profile?.phone ?? null,
        relations: (ofCustomer.get(customer_id) ?? []).map(({ related_customer_id, relation, capabilities }) => ({
          ...{ related_customer_id, relation, capabilities },
        })),
      })),
    }
  },
})
