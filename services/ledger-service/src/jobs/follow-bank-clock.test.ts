import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { businessDateChanged } from '#contracts/events/ledger.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest } from '../../testing/ledger-test.ts'

const DAY_MS = 86_400_000

describe('follow-bank-clock', () => {
  test('takes over what another instance moved', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.sql`update bank_clock set offset_ms = ${DAY_MS}`
    await eventually(() => assert.ok(ledger.clock.bank.now().getTime() - ledger.clock.wall.now().getTime() === DAY_MS))
  })

  test('announces a new business date once when midnight passes', async (t) => {
    const ledger = await openLedgerTest(t)
    const previous = ledger.clock.bank.businessDate()
    ledger.clock.advance(DAY_MS)
    const business_date = ledger.clock.bank.businessDate()
    await eventually(async () =>
      assert.deepEqual(await ledger.published(businessDateChanged), [{ business_date, previous }]),
    )
  })

  test('keeps partitions ahead when months pass by themselves', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    const partitions = async (): Promise<number> => {
      const [row] = await ledger.sql<
        { n: number }[]
      >`select count(*)::int as n from pg_inherits where inhparent = 'entries'::regclass`
      return row?.n ?? 0
    }
    const before = await partitions()
    for (let month = 0; month < 4; month++) {
      const reached = await partitions()
      ledger.clock.advance(31 * DAY_MS)
      await eventually(async () => (await partitions()) > reached)
      await ledger.post({ from: id, to: 'CASH', cents: 1n })
    }
    assert.ok((await partitions()) >= before + 4)
    await ledger.assertBooksAddUp()
  })
})
