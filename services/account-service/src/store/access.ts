import { type Batcher, createBatcher } from '#libs/batch/batcher.ts'
import type { Database, Queryable } from '#libs/sql/database.ts'

/** May the customer do this to the account? */
export interface AccessQuestion {
  account_id: string
  customer_id: string
  capability: 'view' | 'debit' | 'manage'
}

/** Answers access questions, many by one query. A replica may not know a new owner yet, so only the primary says no. */
export function openAccess({ reader, app }: Database): Batcher<AccessQuestion, boolean> {
  return createBatcher({
    name: 'account access',
    maxSize: 512,
    maxQueue: 10_000,
    concurrency: 1,
    run: async (questions) => {
      const granted = await grantedAmong(reader, questions)
      const denied = questions.filter((question) => !granted.has(textOf(question)))
      if (denied.length > 0) for (const text of await grantedAmong(app, denied)) granted.add(text)
      return questions.map((question) => granted.has(textOf(question)))
    },
  })
}

async function grantedAmong(sql: Queryable, questions: readonly AccessQuestion[]): Promise<Set<string>> {
  const rows = await sql<AccessQuestion[]>`
    select q.account_id::text, q.customer_id::text, q.capability
    from unnest(${questions.map((q) => q.account_id)}::uuid[], ${questions.map((q) => q.customer_id)}::uuid[],
      ${questions.map((q) => q.capability)}::text[]) as q (account_id, customer_id, capability)
    join account_owners o on o.account_id = q.account_id and o.customer_id = q.customer_id
    where q.capability = any(o.capabilities)`
  return new Set(rows.map(textOf))
}

function textOf({ account_id, customer_id, capability }: AccessQuestion): string {
  return `${account_id.toLowerCase()} ${customer_id.toLowerCase()} ${capability}`
}
