import { listKycQueue as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { maskedWord } from '../../domain/masking.ts'
import { openedAnswers } from '../../sealed-profile.ts'
import { keyedColumns, type OpenedCustomer, openCustomers } from '../../store/customers.ts'
import { markOf, PAGE, pageOf } from '../../store/pages.ts'
import type { DocumentRow, KeyedCustomerRow } from '../../tables.ts'

/** Customers who wait for an officer, the longest waiting first. */
export const listKycQueue = implementRead(contract, {
  async read({ query: { limit = PAGE, cursor } }, { sql, own, clock }) {
    const mark = markOf(cursor)
    const rows = await sql<KeyedCustomerRow[]>`
      select ${keyedColumns(sql)} from customers c join customer_keys k using (customer_id)
      where c.kyc_status = 'IN_REVIEW'
        ${mark === undefined ? sql`` : sql`and (c.submitted_at, c.customer_id) > (${mark.at}, ${mark.id}::uuid)`}
      order by c.submitted_at, c.customer_id limit ${limit + 1}`
    const { page, next_cursor } = pageOf(rows, limit, (row) => ({ at: submittedAt(row), id: row.customer_id }))
    const documents = await sql<Pick<DocumentRow, 'customer_id' | 'document_type'>[]>`
      select customer_id, document_type from kyc_documents
      where customer_id = any(${page.map(({ customer_id }) => customer_id)}::uuid[]) and document_status = 'PENDING'
      order by added_at, document_id`
    const typesOf = Map.groupBy(documents, ({ customer_id }) => customer_id)
    const now = clock.wall.now()
    return {
      items: (await openCustomers(own.vault, page)).map((customer) => ({
        ...waiting(customer, now),
        document_types: [...new Set((typesOf.get(customer.row.customer_id) ?? []).map((one) => one.document_type))],
      })),
      next_cursor,
    }
  },
})

function waiting({ row, fields, profile }: OpenedCustomer, now: Date) {
  const submitted = submittedAt(row)
  const answers = fields === null ? null : openedAnswers(fields, row)
  return {
    customer_id: row.customer_id,
    name: profile === null ? '' : `${maskedWord(profile.first_name)} ${maskedWord(profile.last_name)}`,
    submitted_at: submitted.toISOString(),
    waiting_s: Math.max(0, Math.floor((now.getTime() - submitted.getTime()) / 1_000)),
    is_politically_exposed: answers?.is_politically_exposed ?? false,
  }
}

/** Whoever is under review was submitted. */
function submittedAt({ submitted_at }: KeyedCustomerRow): Date {
  return submitted_at as Date
}
