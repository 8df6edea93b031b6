import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLedgerTest } from '../../testing/ledger-test.ts'

const TABLES = ['journal_transactions', 'entries', 'reversals']

describe('what was booked stays booked', () => {
  test('neither the application nor the owner can update, delete or truncate it, nor a partition of it', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const { ledger_transaction_id } = await ledger.post({ from: id, to: 'CASH', cents: 1n })
    await ledger.reverse(ledger_transaction_id)
    const partition = `entries_${ledger.clock.bank.now().toISOString().slice(0, 7).replace('-', '_')}`
    const columns: Record<string, string> = { journal_transactions: 'description', reversals: 'original_id' }
    for (const table of [...TABLES, partition]) {
      const column = columns[table] ?? 'signed_cents'
      const rewriting = [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`]
      for (const statement of rewriting) {
        await assert.rejects(ledger.sql.unsafe(statement), /permission denied/, `${statement} as the application`)
        await assert.rejects(ledger.owner.unsafe(statement), /stays booked/, `${statement} as the owner`)
      }
    }
    await ledger.assertBooksAddUp()
  })

  test('the reader may only read', async (t) => {
    const ledger = await openLedgerTest(t)
    await assert.rejects(ledger.runtime.database.reader.unsafe('delete from ledger_accounts'), /permission denied/)
    await ledger.runtime.database.reader.unsafe(
      'select 1 from entries, holds, ledger_steps, journal_transactions, bank_clock limit 1',
    )
  })
})
