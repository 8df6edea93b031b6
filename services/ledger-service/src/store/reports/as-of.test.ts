import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { newId } from '#libs/ids/ids.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { HISTORY_ACCOUNTS, type HistoryMovement, historyFrom } from '../../../testing/arbitrary-history.ts'
import { dayFrom, daysOfCut } from '../../domain/value-dates.ts'
import { snapshotDay } from '../daily-books.ts'
import { accountBalanceAsOf } from './account-as-of.ts'
import { lineTotalsAsOf } from './gl-as-of.ts'

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))
const MOVEMENTS = 10

/** A history as it is written: its accounts have ids and lines of their own. */
interface Written {
  readonly ids: readonly string[]
  readonly codes: readonly string[]
  readonly movements: readonly (HistoryMovement & { readonly seal_no: number })[]
}

describe('as of a value date, as known at a cut', () => {
  test('every account and every line is the sum of its entries, for each value date and each cut, while days are being closed too', async (t) => {
    const stored = await createTestDatabase('ledger-service', await migrationsIn([...libraryMigrations, MIGRATIONS]))
    const owner = openPool(stored.as('owner'), { name: 'test-owner', max: 1 })
    const app = openPool(stored.as('app'), { name: 'test-app', max: 2 })
    t.after(async () => {
      await Promise.all([owner.end({ timeout: 1 }), app.end({ timeout: 1 })])
      await stored.drop()
    })
    let first = '2026-01-28'
    let seals = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constant(0).chain(() => historyFrom(first, MOVEMENTS)),
        async (movements) => {
          const written = await writeHistory(owner, movements, seals)
          const days = [...new Set(movements.map((one) => one.business_date))]
          const snapshot = async (some: readonly string[]) => {
            for (const day of some) await app.begin((tx) => snapshotDay(tx, day))
          }
          await snapshot(days.slice(0, -2))
          // The day before the last is being closed, then the last one is open, then it is closed as well.
          const firstOpen = days.at(-2) as string
          await checkAll(app, written, firstOpen)
          await snapshot(days.slice(-2, -1))
          await checkAll(app, written, days.at(-1) as string)
          await snapshot(days.slice(-1))
          await checkAll(app, written, dayFrom(days.at(-1) as string, 1))
          first = dayFrom(days.at(-1) as string, 3)
          seals = written.movements.at(-1)?.seal_no ?? seals
        },
      ),
      { numRuns: 4 },
    )
  })
})

async function checkAll(sql: Sql, written: Written, first_open: string): Promise<void> {
  const dates = written.movements.flatMap(({ value_date, business_date }) => [value_date, business_date])
  const asked = [...new Set(dates.flatMap((date) => [dayFrom(date, -1), date]))].sort()
  for (const [i, last] of written.movements.entries()) {
    const cut = written.movements.slice(0, i + 1)
    const wrong = await Promise.all(
      asked.map((date) => wrongAccounts(sql, { ...written, movements: cut }, date, first_open)),
    )
    assert.deepEqual(wrong.flat(), [])
    if (last.seal_no === written.movements[i + 1]?.seal_no) continue
    const wrongLines = await Promise.all(
      asked.map((date) => wrongTotals(sql, { ...written, movements: cut }, date, first_open)),
    )
    assert.deepEqual(wrongLines.flat(), [])
  }
}

/** Accounts whose balance as of a date is not the sum of the entries of these movements. */
async function wrongAccounts(
  sql: Sql,
  { ids, movements }: Written,
  date: string,
  first_open: string,
): Promise<object[]> {
  const days = daysOf(movements, first_open)
  const found = HISTORY_ACCOUNTS.map(async ({ normal_side }, i) => {
    const own = movements.filter(({ debit, credit }) => debit === i || credit === i)
    const expected = own
      .filter(({ value_date }) => value_date <= date)
      .reduce((sum, { debit, cents }) => sum + ((debit === i) === (normal_side === 'DEBIT') ? cents : -cents), 0n)
    const cut = { ledger_account_id: ids[i] as string, normal_side, sequence: own.length, ...days }
    const answered = await accountBalanceAsOf(sql, cut, date)
    return answered === expected ? [] : [{ account: i, ...cut, date, expected, answered }]
  })
  return (await Promise.all(found)).flat()
}

/** The lines in which what is answered is not what these movements sum up to. */
async function wrongTotals(
  sql: Sql,
  { codes, movements }: Written,
  date: string,
  first_open: string,
): Promise<object[]> {
  const { seal_no } = movements.at(-1) as HistoryMovement & { seal_no: number }
  const cut = { seal_no, ...daysOf(movements, first_open) }
  const totals = new Map<string, [debits: bigint, credits: bigint, entries: number]>()
  const add = (account: number, debits: bigint, credits: bigint) => {
    const key = `${HISTORY_ACCOUNTS[account]?.currency} ${codes[account]}`
    const [before = 0n, later = 0n, entries = 0] = totals.get(key) ?? []
    totals.set(key, [before + debits, later + credits, entries + 1])
  }
  for (const { debit, credit, cents } of movements.filter((one) => one.value_date <= date)) {
    add(debit, cents, 0n)
    add(credit, 0n, cents)
  }
  const rows = (await lineTotalsAsOf(sql, cut, date)).filter((row) => codes.includes(row.gl_code))
  const answered = new Map(
    rows.map((row) => [`${row.currency} ${row.gl_code}`, [row.debits, row.credits, row.entries]]),
  )
  const sorted = (map: Map<string, readonly unknown[]>) => [...map].sort()
  const [is, should] = [String(sorted(answered)), String(sorted(totals))]
  return is === should ? [] : [{ ...cut, date, is, should }]
}

/** The days of a cut after these movements; all before its last one are whole. */
function daysOf(movements: readonly HistoryMovement[], first_open: string) {
  const { business_date } = movements.at(-1) as HistoryMovement
  const whole_date = movements.findLast((one) => one.business_date < business_date)?.business_date ?? null
  return daysOfCut({ business_date, whole_date }, first_open)
}

/** Writes accounts, entries and what the seals moved; nothing of it is snapshotted yet. */
async function writeHistory(owner: Sql, movements: readonly HistoryMovement[], seals: number): Promise<Written> {
  const ids = HISTORY_ACCOUNTS.map(() => newId())
  const codes = HISTORY_ACCOUNTS.map(({ gl_code }) => `${gl_code}_${seals}`)
  for (const [i, { currency, normal_side }] of HISTORY_ACCOUNTS.entries()) {
    const account_type = normal_side === 'DEBIT' ? 'ASSET' : 'LIABILITY'
    await owner`
      insert into gl_accounts (gl_code, name, account_type, normal_side, kind)
      values (${codes[i] as string}, '', ${account_type}, ${normal_side}, 'SUBLEDGER') on conflict do nothing`
    await owner`
      insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
        ledger_balance_cents, held_cents, entry_count, created_at)
      values (${ids[i] as string}, ${codes[i] as string}, '', ${account_type}, ${normal_side}, ${currency}, 'OPEN',
        0, 0, 0, 0, now())`
  }
  for (const month of new Set(movements.map((one) => `${one.business_date.slice(0, 7)}-01`)))
    await owner`select ensure_month_partitions('entries', ${month}, 1)`
  const ends = movements.map((one, i) => one.endsSeal || movements[i + 1]?.business_date !== one.business_date)
  const sealed = movements.map((one, i) => ({ ...one, seal_no: seals + 1 + ends.slice(0, i).filter(Boolean).length }))
  await writeEntries(owner, ids, movements)
  for (const [seal_no, own] of Map.groupBy(sealed, (one) => one.seal_no)) await seal(owner, seal_no, own, codes)
  return { ids, codes, movements: sealed }
}

async function writeEntries(owner: Sql, ids: readonly string[], movements: readonly HistoryMovement[]): Promise<void> {
  const [balances, sequences] = [ids.map(() => 0n), ids.map(() => 0)]
  for (const { debit, credit, cents, business_date, value_date } of movements) {
    const transaction = newId()
    for (const [ordinal, account] of [debit, credit].entries()) {
      const isDebit = ordinal === 0
      const signed = isDebit === (HISTORY_ACCOUNTS[account]?.normal_side === 'DEBIT') ? cents : -cents
      const sequence = (sequences[account] ?? 0) + 1
      const balance = (balances[account] ?? 0n) + signed
      sequences[account] = sequence
      balances[account] = balance
      await owner`
        insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents,
          value_date)
        values (${ids[account] as string}, ${sequence}, ${business_date}, ${transaction}, ${ordinal + 1}, ${isDebit}, ${signed}, ${balance},
          ${value_date})`
    }
  }
}

/** What one seal moved; every second one has a mark. */
async function seal(
  owner: Sql,
  seal_no: number,
  movements: readonly HistoryMovement[],
  codes: readonly string[],
): Promise<void> {
  const legs = movements.flatMap(({ debit, credit, cents, value_date, business_date }) => [
    { account: debit, debits: cents, credits: 0n, value_date, business_date },
    { account: credit, debits: 0n, credits: cents, value_date, business_date },
  ])
  const lines = Map.groupBy(legs, ({ account, value_date }) =>
    [value_date, HISTORY_ACCOUNTS[account]?.currency, codes[account]].join(' '),
  )
  const { business_date } = movements[0] as HistoryMovement
  for (const [line, own] of lines) {
    const [value_date = '', currency = '', gl_code = ''] = line.split(' ')
    const debits = own.reduce((sum, leg) => sum + leg.debits, 0n)
    const credits = own.reduce((sum, leg) => sum + leg.credits, 0n)
    await owner`
      insert into gl_movements (seal_no, value_date, currency, gl_code, business_date, debits, credits, entries)
      values (${seal_no}, ${value_date}, ${currency}, ${gl_code}, ${business_date}, ${debits}, ${credits}, ${own.length})`
  }
  if (seal_no % 2 === 0)
    await owner`
      insert into gl_marks (business_date, seal_no, value_date, currency, gl_code, debits, credits, entries)
      select business_date, ${seal_no}::int8, value_date, currency, gl_code, sum(debits), sum(credits), sum(entries)
      from gl_movements where business_date = ${business_date} and seal_no <= ${seal_no}
      group by business_date, value_date, currency, gl_code`
}
