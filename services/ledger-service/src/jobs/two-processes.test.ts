import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaseState } from '#libs/service/lease.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest } from '../../testing/ledger-test.ts'

const DAY_MS = 86_400_000

test('of two processes one seals and closes days, and the other goes on when that one stops', async (t) => {
  const ledger = await openLedgerTest(t)
  await ledger.openAccount({ balance_cents: 100n })
  await eventually(async () => (await leaseState(ledger.sql, 'worker'))?.is_held === true)
  await ledger.anotherRuntime()
  const closed = async () =>
    (await ledger.sql`select business_date from end_of_day_runs where status = 'COMPLETED' order by 1`).length
  ledger.clock.advance(DAY_MS)
  await eventually(async () => (await closed()) === 1, 30_000)
  assert.equal((await leaseState(ledger.sql, 'worker'))?.term, 1n)
  // It does nothing more by itself, as when it is being stopped, and still answers.
  await ledger.runtime.quiesce()
  await ledger.openAccount({ balance_cents: 5n })
  ledger.clock.advance(DAY_MS)
  await eventually(async () => (await closed()) === 2, 30_000)
  assert.deepEqual(await leaseState(ledger.sql, 'worker'), { term: 2n, is_held: true })
  const seals = await ledger.sql<{ seal_no: number }[]>`select seal_no from seals order by seal_no`
  assert.deepEqual(
    seals.map(({ seal_no }) => Number(seal_no)),
    seals.map((_, i) => i + 1),
  )
  await ledger.assertBooksAddUp()
})
