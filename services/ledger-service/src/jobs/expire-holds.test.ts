import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getHold } from '#contracts/api/ledger.ts'
import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, passDays, refusalOf, transactions } from '../../testing/ledger-test.ts'

type Held = Awaited<ReturnType<LedgerTest['placeHold']>>

describe('expire-holds', () => {
  test('gives an expired hold back on the bank clock, tells it, and leaves the others', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const short = await ledger.placeHold({ ledger_account_id: id, amount_cents: 30n, expires_in_s: 60 })
    const long = await ledger.placeHold({ ledger_account_id: id, amount_cents: 40n, expires_in_s: 3_600 })
    ledger.clock.advance(60_000)
    // Whether or not the job was quicker.
    assert.equal(
      await refusalOf(ledger.post({ from: id, to: 'CASH', cents: 1n, hold_id: short.hold_id })),
      'HOLD_NOT_ACTIVE',
    )
    await eventually(async () => assert.equal((await ledger.account(id)).held_cents, 40n))
    const statusOf = async (hold_id: string) =>
      (await ledger.call(getHold, { params: { hold_id } }, transactions)).reply.status
    assert.deepEqual([await statusOf(short.hold_id), await statusOf(long.hold_id)], ['EXPIRED', 'ACTIVE'])
    assert.deepEqual(await ledger.published(ledgerHoldReleased), [
      { hold_id: short.hold_id, account_id: id, amount_cents: 30n, reason_code: 'EXPIRED' },
    ])
    await ledger.assertBooksAddUp()
  })

  test('leaves a hold alone that was extended between being found and being locked', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount({ balance_cents: 100n })]
    const [extended, other] = (await Promise.all(
      ids.map((id) => ledger.placeHold({ ledger_account_id: id, amount_cents: 30n, expires_in_s: 60 })),
    )) as [Held, Held]
    // What an increase does that was decided before the hold expired, and is committed after the job found it.
    await ledger.owner.begin(async (tx) => {
      await tx`select from ledger_accounts where ledger_account_id = ${ids[0] as string} for no key update`
      ledger.clock.advance(60_000)
      await eventually(async () => {
        const [row] = await tx<{ waits: boolean }[]>`
          select exists (select from pg_locks where not granted and transactionid = pg_current_xact_id()::xid) as waits`
        return row?.waits ?? false
      })
      await tx`update holds set expires_at = expires_at + interval '1 hour' where hold_id = ${extended.hold_id}`
    })
    const statusOf = async (hold_id: string) =>
      (await ledger.call(getHold, { params: { hold_id } }, transactions)).reply.status
    // Both were found by one look.
    await eventually(async () => assert.equal(await statusOf(other.hold_id), 'EXPIRED'))
    assert.equal(await statusOf(extended.hold_id), 'ACTIVE')
    assert.deepEqual(
      (await ledger.published(ledgerHoldReleased)).map((event) => event.hold_id),
      [other.hold_id],
    )
    await ledger.assertBooksAddUp()
  })

  test('ends a hold whose day was counted otherwise by the first release, and closes the day', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 30n, expires_in_s: 86_400 })
    // Placed in the moment between midnight and the change of the business date: dated a day later than it was counted.
    await ledger.owner`update holds set business_date = business_date + 1`
    await ledger.owner`update ledger_accounts set debited_today_cents = 0 where ledger_account_id = ${id}`
    await passDays(ledger, 1)
    await ledger.runtime.database.app`update holds set expires_at = placed_at`
    await eventually(async () => assert.equal((await ledger.account(id)).held_cents, 0n))
    assert.deepEqual((await ledger.account(id)).debited_today_cents, 0n)
  })

  test('meets captures, releases and transfers on the same accounts without a deadlock or a hold that ends twice', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(Array.from({ length: 5 }, () => ledger.openAccount({ balance_cents: 10_000n })))
    const at = (i: number): string => ids[i % ids.length] as string
    const holds = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        ledger.placeHold({ ledger_account_id: at(i), amount_cents: 10n, expires_in_s: 30 }),
      ),
    )
    ledger.clock.advance(29_500)
    await Promise.allSettled(
      holds.flatMap((hold, i) => [
        ledger.post({ from: hold.ledger_account_id, to: at(i + 1), cents: 10n, hold_id: hold.hold_id }),
        ...(i % 3 === 0 ? [ledger.releaseHold(hold.hold_id)] : []),
        ledger.post({ from: at(i + 2), to: at(i), cents: 1n }),
      ]),
    )
    ledger.clock.advance(1_000)
    await eventually(async () => {
      const [row] = await ledger.sql<{ n: number }[]>`select count(*)::int as n from holds where status = 'ACTIVE'`
      return row?.n === 0
    })
    for (const id of ids) assert.equal((await ledger.account(id)).held_cents, 0n)
    await ledger.assertBooksAddUp()
  })
})
