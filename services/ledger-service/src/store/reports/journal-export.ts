import type { Queryable } from '#libs/sql/database.ts'
import type { ExportedAccount, ExportedDays, JournalFormat } from '../../documents/journal-text.ts'
import type { LineTotals } from '../../domain/reports.ts'
import { dayFrom } from '../../domain/value-dates.ts'
import type { SealedTransaction } from '../../proofs/texts.ts'
import { arrayLiteral } from '../array-literal.ts'
import { readTransactions } from '../seals/sealed-transactions.ts'
import { type JournalCut, lineTotalsBooked } from './gl-as-of.ts'

const SEALS_AT_ONCE = 10
const TRANSACTIONS_AT_ONCE = 1_000

/** An account with the sequence of its last entry before the exported days. */
type Met = ExportedAccount & { readonly before: number }

/** The journal of business days as text, in the order it was sealed in, piece by piece: what is not taken yet is not read yet. */
export async function* exportedJournal(
  sql: Queryable,
  cut: JournalCut,
  days: ExportedDays,
  format: JournalFormat,
): AsyncGenerator<Buffer> {
  const opened = new Map<string, bigint>()
  for await (const transactions of sealedTransactions(sql, cut, days)) {
    const accounts = await meetAccounts(sql, cut, transactions, days.from)
    const accountOf = (id: string): Met => {
      const account = accounts.get(id)
      if (account === undefined) throw new Error(`account ${id} of a booked transaction does not exist`)
      return account
    }
    const text = transactions.map((booked) => {
      const openings = openingsIn(booked, accountOf).map(({ account, cents }) => {
        const line = `${account.currency} ${account.gl_code}`
        opened.set(line, (opened.get(line) ?? 0n) + cents)
        return format.account(account, cents, days)
      })
      return openings.join('') + format.transaction(booked, accountOf)
    })
    yield Buffer.from(text.join(''))
  }
  const [before, after] = await Promise.all([
    lineTotalsBooked(sql, cut, dayFrom(days.from, -1)),
    lineTotalsBooked(sql, cut, days.to),
  ])
  const openings = new Map(before.map((line) => [`${line.currency} ${line.gl_code}`, debitOf(line)]))
  const lines = after.map((line) => {
    const key = `${line.currency} ${line.gl_code}`
    return { ...line, opening_rest: (openings.get(key) ?? 0n) - (opened.get(key) ?? 0n), closing: debitOf(line) }
  })
  yield Buffer.from(format.tail(lines, days))
}

function debitOf({ debits, credits }: LineTotals): bigint {
  return debits - credits
}

/** The accounts that a transaction is the first of the exported days to move, and what they had before; a debit balance above zero. */
function openingsIn(booked: SealedTransaction, accountOf: (id: string) => Met): { account: Met; cents: bigint }[] {
  return booked.sequences.flatMap((sequence, i) => {
    const isDebit = i % 2 === 0
    const account = accountOf((isDebit ? booked.debit_account_ids : booked.credit_account_ids)[i >> 1] as string)
    if (Number(sequence) !== account.before + 1) return []
    const balance = BigInt(booked.balances_cents[i] as string)
    const amount = BigInt(booked.amounts_cents[i >> 1] as string)
    const after = account.normal_side === 'DEBIT' ? balance : -balance
    return [{ account, cents: after - (isDebit ? amount : -amount) }]
  })
}

/** What was booked on the days, as known at the cut, some transactions at a time. */
async function* sealedTransactions(
  sql: Queryable,
  { seal_no }: JournalCut,
  { from, to }: ExportedDays,
): AsyncGenerator<SealedTransaction[]> {
  let last = { business_date: from, seal_no: 0 }
  for (;;) {
    const seals: { seal_no: number; business_date: string; ids: string }[] = await sql`
      select seal_no::float8 as seal_no, business_date, transaction_ids::text as ids from seals
      where (business_date, seal_no) > (${last.business_date}::date, ${last.seal_no}::bigint) and business_date <= ${to}::date
        and seal_no <= ${seal_no}::bigint
      order by business_date, seal_no limit ${SEALS_AT_ONCE}`
    const ids = seals.flatMap((seal) => seal.ids.slice(1, -1).split(','))
    for (let i = 0; i < ids.length; i += TRANSACTIONS_AT_ONCE) {
      const found = await readTransactions(sql, ids.slice(i, i + TRANSACTIONS_AT_ONCE))
      yield found.filter((one) => one !== undefined)
    }
    const end = seals.at(-1)
    if (end === undefined || seals.length < SEALS_AT_ONCE) return
    last = end
  }
}

/** The accounts of some transactions. */
async function meetAccounts(
  sql: Queryable,
  { open_from }: JournalCut,
  transactions: readonly SealedTransaction[],
  from: string,
): Promise<Map<string, Met>> {
  const ids = new Set(transactions.flatMap((one) => [...one.debit_account_ids, ...one.credit_account_ids]))
  const rows = await sql<Met[]>`
    select account.* from unnest(${arrayLiteral([...ids])}::uuid[]) as wanted (id)
    cross join lateral (
      select ledger_account_id, gl_code, account_type, normal_side, currency, coalesce(
        (select sequence from entries
          where ledger_account_id = wanted.id and business_date >= ${open_from}::date and business_date < ${from}::date
          order by sequence desc limit 1),
        (select last_sequence from daily_balances
          where ledger_account_id = wanted.id and business_date < ${open_from}::date and business_date < ${from}::date
          order by business_date desc limit 1), 0)::float8 as before
      from ledger_accounts where ledger_account_id = wanted.id) account`
  return new Map(rows.map((row) => [row.ledger_account_id, row]))
}
