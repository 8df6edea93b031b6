import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { moveSandboxClock, readSandboxClock } from '#contracts/api/ledger-days.ts'
import { businessDateChanged, ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { anonymous } from '#libs/contract/client.ts'
import { idTimeMs } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { dayAfter } from '../../domain/bank-clock.ts'

const DAY_MS = 86_400_000

const standing = async (ledger: LedgerTest) => (await ledger.call(readSandboxClock, {}, anonymous)).reply

/** The clock when it has come to where it was moved. */
async function arrived(ledger: LedgerTest) {
  await eventually(async () => (await standing(ledger)).moving_to === null, 60_000)
  return standing(ledger)
}

describe('moveSandboxClock', () => {
  test('moves at once within the day: the next posting is booked there', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    const to = `${ledger.clock.bank.businessDate()}T23:59:00.000Z`
    const { reply } = await ledger.call(moveSandboxClock, { body: { to } }, anonymous)
    assert.deepEqual([reply.moving_to, reply.bank_time.slice(0, 16)], [null, to.slice(0, 16)])
    const booked = await ledger.post({ from: id, to: 'CASH', cents: 1n })
    assert.equal(booked.booked_at.slice(0, 16), to.slice(0, 16))
    assert.deepEqual(await ledger.published(businessDateChanged), [])
  })

  test('goes day by day over midnights, each day closed on its date, and a year in partitions of its own', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    const before = ledger.clock.bank.businessDate()
    const { reply } = await ledger.call(moveSandboxClock, { body: { advance_s: 100 * 86_400 } }, anonymous)
    const target = reply.moving_to as string
    assert.ok(Math.abs(Date.parse(target) - Date.parse(reply.wall_time) - 100 * DAY_MS) < 5_000)
    assert.deepEqual([reply.business_date, reply.bank_time.slice(0, 10)], [before, dayAfter(before)])
    const there = await arrived(ledger)
    assert.equal(there.business_date, target.slice(0, 10))
    const booked = await ledger.post({ from: id, to: 'CASH', cents: 1n, value_date: '2001-01-01' })
    assert.equal(booked.business_date, there.business_date)
    assert.equal(new Date(idTimeMs(booked.ledger_transaction_id)).toISOString().slice(0, 10), there.business_date)
    const changes = await ledger.published(businessDateChanged)
    const closed = await ledger.published(ledgerPeriodClosed)
    assert.deepEqual([changes.length, closed.length], [100, 100])
    for (const [i, { business_date, previous }] of changes.entries()) {
      assert.equal(previous, i === 0 ? before : changes[i - 1]?.business_date)
      assert.deepEqual([business_date, closed[i]?.period], [dayAfter(previous), previous])
    }
    const rows = await ledger.sql<{ period: string; closed_on: string }[]>`
      select business_date as period, (closed_at at time zone 'UTC')::date as closed_on from periods where status = 'CLOSED'`
    for (const { period, closed_on } of rows) assert.equal(closed_on, dayAfter(period))
    await ledger.assertBooksAddUp()
  })

  test('refuses to go back or too far, and changes nothing then', async (t) => {
    const ledger = await openLedgerTest(t)
    const move = (body: object) => refusalOf(ledger.call(moveSandboxClock, { body }, anonymous))
    assert.equal(await move({ to: '2020-01-01T00:00:00Z' }), 'CLOCK_BACKWARDS')
    assert.equal(await move({ to: '9999-01-01T00:00:00Z' }), 'CLOCK_TOO_FAR')
    assert.equal(await move({}), 'CLOCK_INPUT')
    assert.equal((await standing(ledger)).offset_ms, 0)
    assert.deepEqual(await ledger.published(businessDateChanged), [])
  })

  test('many movers at once: each move counts, and whatever is booked meanwhile finds its partition', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const moves = Array.from({ length: 6 }, () =>
      ledger.call(moveSandboxClock, { body: { advance_s: 10 * 86_400 } }, anonymous),
    )
    const posts = Array.from({ length: 60 }, () => ledger.post({ from: id, to: 'CASH', cents: 1n }))
    const done = (await Promise.allSettled(moves)).filter((one) => one.status === 'fulfilled').length
    await Promise.all(posts)
    assert.ok(done >= 1)
    const { offset_ms } = await arrived(ledger)
    assert.ok(Math.abs(offset_ms - done * 10 * DAY_MS) < 60_000)
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    await ledger.assertBooksAddUp()
  })
})
