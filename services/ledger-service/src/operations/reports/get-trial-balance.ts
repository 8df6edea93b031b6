import { getTrialBalance as contract } from '#contracts/api/ledger.ts'
import { implementRead } from '../../config.ts'
import type { AccountType } from '../../tables.ts'

interface LineRow {
  currency: string
  gl_code: string
  account_type: AccountType
  accounts: number
  debit_total: string
  credit_total: string
}

/** Debit and credit balances of every line, from one snapshot. Per currency they must be equal, for every entry was booked twice. */
export const getTrialBalance = implementRead(contract, {
  async read({ query: { currency } }, { sql, clock }) {
    // A balance below zero stands on the other side of its account.
    const rows = await sql<LineRow[]>`
      select currency, gl_code, account_type, count(*)::int as accounts,
        coalesce(sum(abs(ledger_balance_cents)) filter (where (normal_side = 'DEBIT') = (ledger_balance_cents > 0)), 0)::text as debit_total,
        coalesce(sum(abs(ledger_balance_cents)) filter (where (normal_side = 'DEBIT') <> (ledger_balance_cents > 0)), 0)::text as credit_total
      from ledger_accounts
      ${currency === undefined ? sql`` : sql`where currency = ${currency}`}
      group by currency, gl_code, account_type order by currency, gl_code`
    const currencies = [...Map.groupBy(rows, (row) => row.currency)].map(([code, lines]) => {
      const debit = sum(lines.map((line) => line.debit_total))
      const credit = sum(lines.map((line) => line.credit_total))
      return {
        currency: code,
        lines: lines.map(({ currency: _same, ...line }) => line),
        debit_total: String(debit),
        credit_total: String(credit),
        difference: String(debit - credit),
        is_balanced: debit === credit,
      }
    })
    return { as_of: clock.bank.now().toISOString(), currencies }
  },
})

function sum(totals: readonly string[]): bigint {
  return totals.reduce((total, text) => total + BigInt(text), 0n)
}
