import type { Queryable } from '#libs/sql/database.ts'
import { placeOf } from '../../domain/entry-id.ts'
import type { SealedTransaction } from '../../proofs/texts.ts'
import { arrayLiteral } from '../array-literal.ts'

/** Arrays come as the server writes them: taking them apart here costs a fraction of the driver's own way. */
interface Row
  extends Omit<
    SealedTransaction,
    'booked_at' | 'debit_account_ids' | 'credit_account_ids' | 'amounts_cents' | 'sequences' | 'balances_cents'
  > {
  readonly booked_at: Date
  readonly debit_account_ids: string
  readonly credit_account_ids: string
  readonly amounts_cents: string
  readonly sequences: string
  readonly balances_cents: string
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Booked transactions in the order asked; undefined for one that is not in the journal. */
export async function readTransactions(
  sql: Queryable,
  ids: readonly string[],
): Promise<(SealedTransaction | undefined)[]> {
  if (ids.length === 0) return []
  const sorted = [...ids].sort()
  const rows = await sql<Row[]>`
    select ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency,
      debit_account_ids::text as debit_account_ids, credit_account_ids::text as credit_account_ids, amounts_cents::text as amounts_cents,
      sequences::text as sequences, balances_cents::text as balances_cents, currencies, value_date, business_date, booked_at,
      hold_id, reversal_of, user_id, correlation_id, metadata, exchange, adjustment_id
    from journal_transactions
    where ledger_transaction_id = any(${arrayLiteral(sorted)}::uuid[])
      and ledger_transaction_id between ${sorted[0] as string} and ${sorted.at(-1) as string}`
  const byId = new Map<string, SealedTransaction>()
  let [last_ms, booked_at] = [Number.NaN, '']
  for (const row of rows) {
    // Most of a batch was booked at one time.
    if (row.booked_at.getTime() !== last_ms) {
      last_ms = row.booked_at.getTime()
      booked_at = row.booked_at.toISOString()
    }
    // The row itself becomes the transaction: a copy of its twenty fields costs more than all else that is done here.
    const transaction = row as unknown as Mutable<SealedTransaction>
    transaction.booked_at = booked_at
    transaction.debit_account_ids = elementsOf(row.debit_account_ids)
    transaction.credit_account_ids = elementsOf(row.credit_account_ids)
    transaction.amounts_cents = elementsOf(row.amounts_cents)
    transaction.sequences = elementsOf(row.sequences)
    transaction.balances_cents = elementsOf(row.balances_cents)
    byId.set(transaction.ledger_transaction_id, transaction)
  }
  return ids.map((id) => byId.get(id))
}

/** The elements of an array of ids or numbers, as PostgreSQL writes it: without quotes. */
function elementsOf(literal: string): string[] {
  return literal.slice(1, -1).split(',')
}

/** The transaction that an entry belongs to, where it has one of that number. */
export async function findTransactionOfEntry(sql: Queryable, entry_id: string): Promise<SealedTransaction | undefined> {
  const { first_id, last_id, ordinal } = placeOf(entry_id)
  const [found] = await sql<{ id: string }[]>`
    select ledger_transaction_id as id from journal_transactions where ledger_transaction_id between ${first_id} and ${last_id} limit 1`
  if (found === undefined || ordinal === 0) return undefined
  const [transaction] = await readTransactions(sql, [found.id])
  return transaction !== undefined && ordinal <= transaction.sequences.length ? transaction : undefined
}
