import { type LedgerTest, refusalOf } from './ledger-test.ts'

/** How often each thing came: booked, or the code that it was refused with. */
export async function tally(tries: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const outcomes = await Promise.all(
    tries.map((one) =>
      one.then(
        () => 'booked',
        () => refusalOf(one),
      ),
    ),
  )
  return Object.fromEntries([...Map.groupBy(outcomes, (word) => word)].map(([word, all]) => [word, all.length]))
}

/** How many transactions were ever booked. */
export async function journalRows(ledger: LedgerTest): Promise<number> {
  const [row] = await ledger.sql<{ rows: number }[]>`select count(*)::int as rows from journal_transactions`
  return row?.rows ?? 0
}

/** The same thing so many times at once. */
export const times = <T>(count: number, work: (i: number) => Promise<T>): Promise<T>[] =>
  Array.from({ length: count }, (_, i) => work(i))
