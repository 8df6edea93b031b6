import type { Static } from 'typebox'
import type { Transaction } from '#contracts/api/transaction.ts'
import { type Id, isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { problems } from '../problems.ts'
import type { View } from '../seen-by.ts'
import type { TransactionRow, TransactionStatus, TransactionType } from '../tables.ts'
import { transactionColumns } from './transactions.ts'

/** What a list shows: `account_ids` null means every account of the bank. */
export interface PageWish {
  account_ids: readonly Id[] | null
  /** A customer's own accounts: what comes from any other is shown once it has come. Null shows everything. */
  own_account_ids: readonly Id[] | null
  status?: TransactionStatus | undefined
  transaction_type?: TransactionType | undefined
  limit?: number | undefined
  cursor?: string | undefined
}

interface Page {
  items: Static<typeof Transaction>[]
  next_cursor: string | null
}

const DEFAULT_LIMIT = 50
/** A page looks at no more rows than this for those that its filters let through, so no list ever scans the bank. */
const MAX_EXAMINED = 2_000
const AFTER_ALL_IDS = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * A page of transactions, newest first. With filters a page may hold fewer than `limit` items, even none, and still have a next one: it has
 * then looked at as many rows as a page may. CURSOR_WRONG for a cursor that no list gave out.
 */
export async function pageOfTransactions(sql: Queryable, wish: PageWish, view: View): Promise<Page> {
  const { account_ids, own_account_ids, status, transaction_type, limit = DEFAULT_LIMIT } = wish
  const before = wish.cursor === undefined ? AFTER_ALL_IDS : idOfCursor(wish.cursor)
  // What waits for a person has its own table: the list of approvals needs no luck to find them among everything else.
  const isWaiting = account_ids === null && status === 'AWAITING_APPROVAL'
  const isFiltered = (status !== undefined && !isWaiting) || transaction_type !== undefined
  const window = isFiltered ? MAX_EXAMINED : limit + 1
  const examined =
    account_ids === null
      ? sql`
        select ${transactionColumns(sql)} from transactions
        where transaction_id < ${before}::uuid ${isWaiting ? waitingBefore(sql, before, window) : sql``}
        order by transaction_id desc limit ${window}`
      : examinedOfAccounts(sql, { account_ids, own_account_ids }, before, window)
  const rows = await sql<(Partial<TransactionRow> & { examined: number; last_examined: Id | null })[]>`
    with examined as materialized (${examined}),
    page as (
      select * from examined
      where ${status === undefined ? sql`true` : sql`status = ${status}`}
        and ${transaction_type === undefined ? sql`true` : sql`transaction_type = ${transaction_type}`}
      order by transaction_id desc limit ${limit + 1}
    )
    select looked.*, page.*
    from (select count(*)::int as examined, (select transaction_id from examined order by transaction_id limit 1) as last_examined from examined) looked
    left join page on true
    order by transaction_id desc`
  return pageFrom(rows, limit, window, view)
}

function waitingBefore(sql: Queryable, before: Id, window: number) {
  return sql`and transaction_id = any(array(
    select transaction_id from waiting_transactions where stage = 'AWAITING_APPROVAL' and transaction_id < ${before}::uuid
    order by transaction_id desc limit ${window}))`
}

/** Both sides of every account by their indexes; a transfer between two of the accounts is seen once. */
function examinedOfAccounts(
  sql: Queryable,
  { account_ids, own_account_ids }: { account_ids: readonly Id[]; own_account_ids: readonly Id[] | null },
  before: Id,
  window: number,
) {
  const columns = transactionColumns(sql)
  // As `isSeenByPayee` has it. Few rows are hidden, so the index is hardly read further for it.
  const hasCome =
    own_account_ids === null
      ? sql``
      : sql`and (source_account_id is null or status in ('COMPLETED', 'REVERSED')
          or source_account_id = any(${own_account_ids as Id[]}::uuid[]))`
  return sql`
    select distinct on (transaction_id) ${columns}
    from unnest(${account_ids as Id[]}::uuid[]) as account (id)
    cross join lateral (
      (select ${columns} from transactions where source_account_id = account.id and transaction_id < ${before}::uuid
        order by transaction_id desc limit ${window})
      union all
      (select ${columns} from transactions where destination_account_id = account.id and transaction_id < ${before}::uuid ${hasCome}
        order by transaction_id desc limit ${window})
    ) as side
    order by transaction_id desc limit ${window}`
}

function pageFrom(
  rows: readonly (Partial<TransactionRow> & { examined: number; last_examined: Id | null })[],
  limit: number,
  window: number,
  view: View,
): Page {
  const found = rows.filter((row): row is TransactionRow & (typeof rows)[number] => row.transaction_id != null)
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (found.length > limit && last !== undefined) return pageWith(items, last.transaction_id, view)
  const first = rows[0]
  const hasLookedEnough = first !== undefined && first.examined === window
  return pageWith(items, hasLookedEnough ? first.last_examined : null, view)
}

function pageWith(items: readonly TransactionRow[], next: Id | null, view: View): Page {
  return {
    items: items.map(view.transaction),
    next_cursor: next === null ? null : Buffer.from(next).toString('base64url'),
  }
}

function idOfCursor(cursor: string): Id {
  const id = Buffer.from(cursor, 'base64url').toString()
  if (!isId(id))
    throw new Problem(problems.CURSOR_WRONG, {
      errors: [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }],
    })
  return id
}
