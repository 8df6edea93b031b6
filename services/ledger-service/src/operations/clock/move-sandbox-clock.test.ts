import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { moveSandboxClock, readSandboxClock } from '#contracts/api/ledger.ts'
import { businessDateChanged } from '#contracts/events/ledger.ts'
import { anonymous } from '#libs/contract/client.ts'
import { idTimeMs } from '#libs/ids/ids.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('moveSandboxClock', () => {
  test('moves the books at once: the next posting is booked there, in a partition of its own', async (t) => {
    const ledger = await openLedgerTest(t)
    const move = async (body: object) => (await ledger.call(moveSandboxClock, { body }, anonymous)).reply
    const id = await ledger.openAccount({ balance_cents: 10n })
    const before = ledger.clock.bank.businessDate()
    const { business_date, offset_ms } = await move({ advance_s: 366 * 86_400 })
    assert.equal(offset_ms, 366 * 86_400_000)
    const booked = await ledger.post({ from: id, to: 'CASH', cents: 1n, value_date: '2001-01-01' })
    assert.equal(booked.business_date, business_date)
    assert.equal(new Date(idTimeMs(booked.ledger_transaction_id)).toISOString().slice(0, 10), business_date)
    assert.deepEqual(await ledger.published(businessDateChanged), [{ business_date, previous: before }])
    const further = new Date(ledger.clock.bank.now().getTime() + 399 * 86_400_000).toISOString()
    assert.equal((await move({ to: further })).business_date, further.slice(0, 10))
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    assert.equal((await ledger.call(readSandboxClock, {}, anonymous)).reply.business_date, further.slice(0, 10))
    await ledger.assertBooksAddUp()
  })

  test('refuses to go back or too far, and changes nothing then', async (t) => {
    const ledger = await openLedgerTest(t)
    const move = (body: object) => refusalOf(ledger.call(moveSandboxClock, { body }, anonymous))
    assert.equal(await move({ to: '2020-01-01T00:00:00Z' }), 'CLOCK_BACKWARDS')
    assert.equal(await move({ to: '9999-01-01T00:00:00Z' }), 'CLOCK_TOO_FAR')
    assert.equal(await move({}), 'CLOCK_INPUT')
    assert.equal((await ledger.call(readSandboxClock, {}, anonymous)).reply.offset_ms, 0)
    assert.deepEqual(await ledger.published(businessDateChanged), [])
  })

  test('many movers at once: each move counts, and whatever is booked meanwhile finds its partition', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const moves = Array.from({ length: 6 }, () =>
      ledger.call(moveSandboxClock, { body: { advance_s: 100 * 86_400 } }, anonymous),
    )
    const posts = Array.from({ length: 60 }, () => ledger.post({ from: id, to: 'CASH', cents: 1n }))
    const done = (await Promise.allSettled(moves)).filter((one) => one.status === 'fulfilled').length
    await Promise.all(posts)
    assert.ok(done >= 1)
    const { reply } = await ledger.call(readSandboxClock, {}, anonymous)
    assert.ok(Math.abs(reply.offset_ms - done * 100 * 86_400_000) < 60_000)
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    await ledger.assertBooksAddUp()
  })
})
