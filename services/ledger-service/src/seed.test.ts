import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { moveSandboxClock, readSandboxClock } from '#contracts/api/ledger-days.ts'
import { anonymous } from '#libs/contract/client.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest } from '../testing/ledger-test.ts'
import { bearBank } from './seed.ts'

const DAY_MS = 86_400_000

function bear(ledger: LedgerTest, daysAgo: number, profile: 'sandbox' | 'production' = 'sandbox') {
  const { clock, runtime } = ledger
  const setBankOffset = (ledger.clock as unknown as { setBankOffset(ms: number): void }).setBankOffset
  return bearBank({ database: runtime.database, clock, profile, setBankOffset }, { daysAgo })
}

const read = async (ledger: LedgerTest) => (await ledger.call(readSandboxClock, {}, anonymous)).reply

describe('bearBank', () => {
  test('is born at midnight so many days ago, books there, and walks to now, where the clocks are one', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await bear(ledger, 70), true)
    const birth = new Date(Date.now() - 70 * DAY_MS).toISOString().slice(0, 10)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const booked = await ledger.post({ from: id, to: 'CASH', cents: 1n })
    assert.deepEqual([booked.business_date, booked.booked_at.slice(0, 10)], [birth, birth])
    assert.equal((await read(ledger)).business_date, birth)
    await ledger.call(moveSandboxClock, { body: { to: new Date().toISOString() } }, anonymous)
    await eventually(async () => (await read(ledger)).moving_to === null, 60_000)
    const { offset_ms, business_date, bank_time, wall_time } = await read(ledger)
    assert.deepEqual([offset_ms, business_date, bank_time], [0, wall_time.slice(0, 10), wall_time])
    const [row] = await ledger.sql<{ periods: number; closed: number }[]>`
      select count(*)::int as periods, count(*) filter (where status = 'CLOSED')::int as closed from periods`
    assert.deepEqual(row, { periods: 71, closed: 70 })
    assert.equal(await bear(ledger, 70), false)
    assert.equal(await bear(ledger, 500), false, 'a bank in its second year starts too')
    await ledger.assertBooksAddUp()
  })

  test('leaves a bank alone that has booked or whose clock was moved, and a production one always', async (t) => {
    const ledger = await openLedgerTest(t)
    const before = await read(ledger)
    await ledger.openAccount({ balance_cents: 1n })
    assert.equal(await bear(ledger, 10), false)
    assert.equal((await read(ledger)).offset_ms, before.offset_ms)
    await assert.rejects(bear(ledger, 10, 'production'))
    await assert.rejects(bear(ledger, 401))
    const moved = await openLedgerTest(t)
    await moved.call(moveSandboxClock, { body: { advance_s: 1 } }, anonymous)
    assert.equal(await bear(moved, 10), false)
  })
})
