import type { Queryable } from '#libs/sql/database.ts'
import { entryIdOf } from '../../domain/entry-id.ts'
import type { SealedTransaction } from '../../proofs/texts.ts'
import { arrayLiteral } from '../array-literal.ts'
import type { Finding } from './findings.ts'
import type { SealRow } from './sealed-page.ts'

interface StoredEntry {
  readonly place: number
  readonly ledger_transaction_id: string | null
  readonly ordinal: number | null
  readonly is_debit: boolean | null
  readonly signed_cents: string | null
  readonly balance_cents: string | null
  readonly value_date: string | null
  readonly normal_side: string | null
}

/**
 * The first entry of a seal's transactions that is missing or says something else than its transaction, which was found as it was sealed. They
 * are read by their keys.
 */
export async function firstAlteredEntry(
  sql: Queryable,
  seal: SealRow,
  transactions: readonly SealedTransaction[],
): Promise<Finding | null> {
  const accounts: string[] = []
  const sequences: string[] = []
  for (const { debit_account_ids, credit_account_ids, sequences: own } of transactions) {
    for (let i = 0; i < own.length; i++) {
      accounts.push((i % 2 === 0 ? debit_account_ids : credit_account_ids)[i >> 1] as string)
      sequences.push(own[i] as string)
    }
  }
  const rows = await sql<StoredEntry[]>`
    select wanted.place::int as place, e.ledger_transaction_id, e.ordinal, e.is_debit, e.signed_cents::text as signed_cents,
      e.balance_cents::text as balance_cents, e.value_date, a.normal_side
    from unnest(${arrayLiteral(accounts)}::uuid[], ${arrayLiteral(sequences)}::bigint[]) with ordinality as wanted (id, sequence, place)
    left join entries e on e.ledger_account_id = wanted.id and e.sequence = wanted.sequence and e.business_date = ${seal.business_date}::date
    left join ledger_accounts a on a.ledger_account_id = wanted.id
    order by wanted.place`
  let next = 0
  for (const transaction of transactions) {
    for (let i = 0; i < transaction.sequences.length; i++) {
      const row = rows[next] as StoredEntry
      const wrong = differenceOf(transaction, i, row)
      if (wrong !== null)
        return findingOf(seal.seal_no, transaction, i, { ...wrong, account_id: accounts[next] as string, row })
      next += 1
    }
  }
  return null
}

function differenceOf(
  transaction: SealedTransaction,
  i: number,
  row: StoredEntry,
): { name: string; expected: string; found: string } | null {
  if (row.ledger_transaction_id === null) return { name: 'row', expected: 'an entry', found: 'missing' }
  const isDebit = i % 2 === 0
  const cents = transaction.amounts_cents[i >> 1] as string
  const compared: [string, string, string][] = [
    ['ledger_transaction_id', transaction.ledger_transaction_id, row.ledger_transaction_id],
    ['ordinal', String(i + 1), String(row.ordinal)],
    ['side', isDebit ? 'DEBIT' : 'CREDIT', row.is_debit ? 'DEBIT' : 'CREDIT'],
    ['signed_cents', (row.normal_side === 'DEBIT') === isDebit ? cents : `-${cents}`, row.signed_cents ?? ''],
    ['balance_cents', transaction.balances_cents[i] as string, row.balance_cents ?? ''],
    ['value_date', transaction.value_date, row.value_date ?? ''],
  ]
  const wrong = compared.find(([, expected, found]) => expected !== found)
  return wrong === undefined ? null : { name: wrong[0], expected: wrong[1], found: wrong[2] }
}

function findingOf(
  seal_no: number,
  { ledger_transaction_id, balances_cents }: SealedTransaction,
  i: number,
  wrong: { name: string; expected: string; found: string; account_id: string; row: StoredEntry },
): Finding {
  const { name, expected, found, account_id, row } = wrong
  const what = `entry ${entryIdOf(ledger_transaction_id, i + 1)}: ${name}`
  return {
    broken: { seal_no, what, expected, found },
    account_id,
    cached_cents: BigInt(row.balance_cents ?? 0),
    computed_cents: BigInt(balances_cents[i] as string),
  }
}
