import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import type { Lab } from './lab.ts'

/** Entries that are all recomputed; of more, only what is kept of each account is added up. */
const RECOMPUTED_AT_MOST = 30_000_000

interface Sums {
  transactions: number
  drift: bigint
  overdrawn: bigint
}

/** Makes sure that no money came or went: debits equal credits, nobody is overdrawn, and the ledger's own recomputation agrees. */
export async function checkMoney({ books, plan }: Pick<Lab, 'books' | 'plan'>): Promise<void> {
  const isWhole = (plan?.entries ?? 0) <= RECOMPUTED_AT_MOST
  const differences = isWhole ? await recompute(books) : []
  const [sums] = await books<Sums[]>`
    select (select sum(entry_count) from ledger_accounts)::float8 / 2 as transactions,
      sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end)::bigint as drift,
      count(*) filter (where ledger_balance_cents - held_cents + overdraft_limit_cents < 0) as overdrawn
    from ledger_accounts`
  if (sums === undefined || differences.length > 0 || sums.drift !== 0n || sums.overdrawn > 0n)
    throw new Error(
      `the books do not add up: off by ${sums?.drift}, ${sums?.overdrawn} overdrawn, ${JSON.stringify(differences.slice(0, 5))}`,
    )
  const how = isWhole
    ? ', and every balance, running balance and sequence is what recomputing from the entries makes it'
    : ''
  console.log(`money: ${sums.transactions} transactions; debits equal credits, nobody is overdrawn${how}`)
}
