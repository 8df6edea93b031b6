import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { idMaker, newId } from '#libs/ids/ids.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openPool } from '#libs/sql/database.ts'
import { migrate, migrationsIn, rolesOf } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { recompute } from './recompute.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

describe('the migrations of books that were kept before days were closed', () => {
  test('give them their days and their entries, and keep them append-only, partitions too', async (t) => {
    const files = await migrationsIn([...libraryMigrations, MIGRATIONS])
    const before = files.slice(0, 1 + files.findIndex((file) => file.name.endsWith('0001-ledger.sql')))
    const stored = await createTestDatabase('ledger-service', before)
    const owner = openPool(stored.as('owner'), { name: 'test-owner', max: 1 })
    t.after(async () => {
      await owner.end({ timeout: 1 })
      await stored.drop()
    })
    const mintId = idMaker()
    const [cash, customer] = [newId(), newId()]
    await owner`
      insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
        overdraft_limit_cents, ledger_balance_cents, held_cents, entry_count, created_at)
      values (${cash}, 'CASH', '', 'ASSET', 'DEBIT', 'EUR', 'OPEN', 0, null, 30, 0, 2, now()),
        (${customer}, 'CUSTOMER_DEPOSITS', '', 'LIABILITY', 'CREDIT', 'EUR', 'OPEN', 0, 0, 30, 7, 2, now())`
    const [first, second] = ['2026-10-31', '2026-11-01'] as const
    await owner`insert into bank_clock (offset_ms, business_date) values (0, '2026-11-02')`
    for (const [i, day] of [first, second].entries()) {
      const at = Date.parse(day)
      await owner`select ensure_month_partitions('journal_transactions', ${day}, 1), ensure_month_partitions('entries', ${day}, 1)`
      const [id, cents, balance] = [mintId(at), 10 + 10 * i, i === 0 ? 10 : 30]
      await owner`
        insert into journal_transactions (ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency,
          debit_account_ids, credit_account_ids, amounts_cents, value_date, business_date, booked_at, correlation_id)
        values (${id}, 'transaction-service', ${newId()}, 'post', 'DEPOSIT', '', '', 'EUR', ${[cash]}::uuid[], ${[customer]}::uuid[],
          ${[cents]}::bigint[], ${day}, ${day}, ${day}, '')`
      for (const [account, side] of [
        [cash, 'DEBIT'],
        [customer, 'CREDIT'],
      ] as const)
        await owner`
          insert into entries (ledger_account_id, sequence, entry_id, ledger_transaction_id, side, signed_cents, balance_cents, value_date)
          values (${account}, ${i + 1}, ${mintId(at)}, ${id}, ${side}, ${cents}, ${balance}, ${day})`
    }
    await owner`
      insert into holds (hold_id, ledger_account_id, transaction_id, amount_cents, captured_cents, currency, status, expires_at, placed_at)
      values (${newId()}, ${customer}, ${newId()}, 7, 0, 'EUR', 'ACTIVE', '2026-12-01Z', '2026-11-01T10:00:00Z')`

    await migrate(stored.as('owner'), rolesOf('ledger-service', stored.name), files)

    assert.deepEqual(await recompute(owner), [])
    const days =
      await owner`select business_date, opening_cents, closing_cents from daily_balances where ledger_account_id = ${customer} order by 1`
    assert.deepEqual(Array.from(days), [
      { business_date: first, opening_cents: 0n, closing_cents: 10n },
      { business_date: second, opening_cents: 10n, closing_cents: 30n },
    ])
    const totals =
      await owner`select business_date, debits::int8 as debit_total, credits::int8 as credit_total from period_totals order by 1`
    assert.deepEqual(
      totals.map((row) => [row.debit_total, row.credit_total]),
      [
        [10n, 10n],
        [30n, 30n],
      ],
    )
    const periods = await owner`select business_date, status from periods order by 1`
    assert.deepEqual(
      periods.map((row) => row.status),
      ['CLOSED', 'CLOSED', 'OPEN'],
    )
    const [counted] =
      await owner`select debited_today_cents, debited_month_cents from ledger_accounts where ledger_account_id = ${customer}`
    assert.deepEqual(counted, { debited_today_cents: 0n, debited_month_cents: 7n })
    const entries = await owner`
      select sequence::int as sequence, business_date, ordinal, is_debit, balance_cents from entries where ledger_account_id = ${customer} order by sequence`
    assert.deepEqual(Array.from(entries), [
      { sequence: 1, business_date: first, ordinal: 2, is_debit: false, balance_cents: 10n },
      { sequence: 2, business_date: second, ordinal: 2, is_debit: false, balance_cents: 30n },
    ])
    for (const table of ['entries', 'entries_2026_10', 'entries_2026_11'])
      await assert.rejects(owner.unsafe(`update ${table} set signed_cents = 1`), /stays booked/)
  })
})
