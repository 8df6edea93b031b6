import type { getStatement } from '#contracts/api/account.ts'
import { resolveCustomers } from '#contracts/api/customer.ts'
import { getClosingBalances, getLedgerAccount, listEntries } from '#contracts/api/ledger.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { addDays } from '../domain/dates.ts'
import type { AccountRow } from '../tables.ts'

export type Statement = ReplyOf<typeof getStatement>
type Line = Statement['lines'][number]

/** What one statement holds at most. */
const MOST_LINES = 5_000
const PAGE = 200

/** The statement of a period by booking date. While its last day is open, the closing balance is as of now. */
export async function makeStatement(
  account: AccountRow,
  { from, to }: { from: string; to: string },
  { client, at }: { client: Client; at: Date },
): Promise<Statement> {
  const { account_id, account_number, currency } = account
  const { lines, is_truncated } = await linesOf(account_id, { from, to }, client)
  const opening_balance_cents = await openingBalance(account_id, { from, lines }, client)
  const sum = (of: (line: Line) => boolean): bigint =>
    lines.filter(of).reduce((total, line) => total + line.signed_cents, 0n)
  return {
    account_id,
    account_number,
    holder: await holderOf(account.customer_id, client),
    currency,
    from,
    to,
    opening_balance_cents,
    closing_balance_cents: lines.at(-1)?.balance_cents ?? opening_balance_cents,
    credits_cents: sum((line) => line.signed_cents > 0n),
    debits_cents: -sum((line) => line.signed_cents < 0n),
    lines,
    is_truncated,
    as_of: at.toISOString(),
  }
}

/** The lines of a period, oldest first. */
async function linesOf(
  ledger_account_id: string,
  period: { from: string; to: string },
  { call }: Client,
): Promise<{ lines: Line[]; is_truncated: boolean }> {
  const lines: Line[] = []
  let cursor: string | null = null
  do {
    const query = { ...period, order: 'oldest' as const, limit: PAGE, ...(cursor === null ? {} : { cursor }) }
    const page: ReplyOf<typeof listEntries> = await call(listEntries, { params: { ledger_account_id }, query })
    lines.push(...page.items.map(lineOf))
    cursor = page.next_cursor
  } while (cursor !== null && lines.length < MOST_LINES)
  return { lines: lines.slice(0, MOST_LINES), is_truncated: cursor !== null || lines.length > MOST_LINES }
}

function lineOf(entry: ReplyOf<typeof listEntries>['items'][number]): Line {
  const { entry_id, business_date, value_date, description, reference, business_event, signed_cents, balance_cents } =
    entry
  const about = { entry_id, booking_date: business_date, value_date, description, reference, business_event }
  return { ...about, signed_cents, balance_cents }
}

/**
 * The balance before the first line; without lines the one that the day before closed with. Where that day is still being closed nothing was
 * booked since, and the balance is the present one.
 */
async function openingBalance(
  ledger_account_id: string,
  { from, lines }: { from: string; lines: readonly Line[] },
  { call }: Client,
): Promise<bigint> {
  const [first] = lines
  if (first !== undefined) return first.balance_cents - first.signed_cents
  try {
    const body = { business_date: addDays(from, -1), ledger_account_ids: [ledger_account_id] }
    const { items } = await call(getClosingBalances, { body })
    return items[0]?.balance_cents ?? 0n
  } catch (error) {
    if (!(error instanceof Problem && error.kind.code === 'DAY_NOT_OVER')) throw error
    return (await call(getLedgerAccount, { params: { ledger_account_id } })).ledger_balance_cents
  }
}

/** The holder's name as customer-service knows it; empty where it keeps none any more. */
async function holderOf(customer_id: string, { call }: Client): Promise<string> {
  const { items } = await call(resolveCustomers, { body: { customer_ids: [customer_id] } })
  return [items[0]?.first_name, items[0]?.last_name].filter((part) => part !== null && part !== undefined).join(' ')
}
