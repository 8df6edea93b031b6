import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import type { Lab } from './lab.ts'

/** Makes sure that no money came or went: the ledger's own recomputation finds nothing, and no account is below what it may be. */
export async function checkMoney({ books }: Pick<Lab, 'books'>): Promise<void> {
  const differences = await recompute(books)
  const [sums] = await books<{ transactions: bigint; entries: bigint; overdrawn: bigint }[]>`
    select (select count(*) from journal_transactions) as transactions, (select count(*) from entries) as entries,
      (select count(*) from ledger_accounts where ledger_balance_cents - held_cents + overdraft_limit_cents < 0) as overdrawn`
  if (sums === undefined || differences.length > 0 || sums.overdrawn > 0n)
    throw new Error(`the books do not add up: ${sums?.overdrawn} overdrawn, ${JSON.stringify(differences.slice(0, 5))}`)
  console.log(
    `money: ${sums.transactions} transactions, ${sums.entries} entries; debits equal credits, nobody is overdrawn, and every balance, ` +
      'running balance and sequence is what recomputing from the entries makes it',
  )
}
