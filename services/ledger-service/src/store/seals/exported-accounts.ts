import type { Queryable } from '#libs/sql/database.ts'
import type { SealedTransaction } from '../../proofs/texts.ts'
import type { AccountType, Side } from '../../tables.ts'
import { arrayLiteral } from '../array-literal.ts'

/** The first entry of an account in an export. */
interface FirstEntry {
  readonly sequence: number
  readonly balance_cents: bigint
  readonly debited_cents: bigint
}

/** Accounts that have entries in an export, by id, with the first entry of each. */
export interface ExportedAccounts {
  readonly byId: ReadonlyMap<string, FirstEntry>
  meet(transaction: SealedTransaction): void
}

/** None yet. An account's first entry is that with its lowest sequence. */
export function newExportedAccounts(): ExportedAccounts {
  const byId = new Map<string, FirstEntry>()
  return {
    byId,
    meet(transaction) {
      for (const [i, text] of transaction.sequences.entries()) {
        const ids = i % 2 === 0 ? transaction.debit_account_ids : transaction.credit_account_ids
        const id = ids[i >> 1] as string
        const sequence = Number(text)
        if (sequence >= (byId.get(id)?.sequence ?? Number.POSITIVE_INFINITY)) continue
        const cents = BigInt(transaction.amounts_cents[i >> 1] as string)
        const balance_cents = BigInt(transaction.balances_cents[i] as string)
        byId.set(id, { sequence, balance_cents, debited_cents: i % 2 === 0 ? cents : -cents })
      }
    },
  }
}

/** The accounts as an export lists them, with what they had before their first entry in it. */
export async function openingsOf(sql: Queryable, { byId }: ExportedAccounts) {
  const rows = await sql<
    {
      ledger_account_id: string
      gl_code: string
      account_type: AccountType
      normal_side: Side
      currency: string
    }[]
  >`
    select ledger_account_id, gl_code, account_type, normal_side, currency from ledger_accounts
    where ledger_account_id = any(${arrayLiteral([...byId.keys()])}::uuid[]) order by ledger_account_id`
  return rows.map((row) => {
    const { sequence, balance_cents, debited_cents } = byId.get(row.ledger_account_id) as FirstEntry
    const signed_cents = row.normal_side === 'DEBIT' ? debited_cents : -debited_cents
    return { ...row, opening_balance_cents: balance_cents - signed_cents, opening_sequence: sequence - 1 }
  })
}
