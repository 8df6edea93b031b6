import type { Queryable } from '#libs/sql/database.ts'
import { currencyOf, type SealedTransaction } from '../../proofs/texts.ts'
import { arrayLiteral } from '../array-literal.ts'

/** What a seal moved on one line of the chart, in one currency and for one value date. */
export interface Movement {
  readonly value_date: string
  readonly currency: string
  readonly gl_code: string
  debits: bigint
  credits: bigint
  entries: number
}

/** Accounts whose line of the chart is remembered: some 20 MB. */
const REMEMBERED_AT_MOST = 100_000

/** Sums what transactions moved. The lines of accounts never change, so those met before are not asked for again. */
export async function movementsOf(
  sql: Queryable,
  glCodes: Map<string, string>,
  transactions: readonly SealedTransaction[],
): Promise<Movement[]> {
  await meet(sql, glCodes, transactions)
  const movements = new Map<string, Movement>()
  const moved = (account: string, currency: string, value_date: string): Movement => {
    const gl_code = glCodes.get(account)
    if (gl_code === undefined) throw new Error(`account ${account} of a booked transaction does not exist`)
    const key = `${value_date}${currency}${gl_code}`
    let movement = movements.get(key)
    if (movement === undefined) {
      movement = { value_date, currency, gl_code, debits: 0n, credits: 0n, entries: 0 }
      movements.set(key, movement)
    }
    movement.entries += 1
    return movement
  }
  for (const transaction of transactions) {
    for (let i = 0; i < transaction.amounts_cents.length; i++) {
      const cents = BigInt(transaction.amounts_cents[i] as string)
      const currency = currencyOf(transaction, i)
      moved(transaction.debit_account_ids[i] as string, currency, transaction.value_date).debits += cents
      moved(transaction.credit_account_ids[i] as string, currency, transaction.value_date).credits += cents
    }
  }
  return [...movements.values()]
}

async function meet(
  sql: Queryable,
  glCodes: Map<string, string>,
  transactions: readonly SealedTransaction[],
): Promise<void> {
  if (glCodes.size > REMEMBERED_AT_MOST) glCodes.clear()
  const unknown = new Set<string>()
  for (const { debit_account_ids, credit_account_ids } of transactions) {
    for (const id of debit_account_ids) if (!glCodes.has(id)) unknown.add(id)
    for (const id of credit_account_ids) if (!glCodes.has(id)) unknown.add(id)
  }
  if (unknown.size === 0) return
  const rows = await sql<{ ledger_account_id: string; gl_code: string }[]>`
    select ledger_account_id, gl_code from ledger_accounts where ledger_account_id = any(${arrayLiteral([...unknown])}::uuid[])`
  for (const row of rows) glCodes.set(row.ledger_account_id, row.gl_code)
}
