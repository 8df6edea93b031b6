import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, passDays, refusalOf } from '../../testing/ledger-test.ts'
import { sealAll } from '../../testing/sealed.ts'
import { cutsOf, daysKnown, glTotals, type KnownAt, knownBySeal, resolveKnownAt } from './known-at.ts'
import { sealCommitted } from './seals/seal-committed.ts'
import { newSealing } from './seals/sealer.ts'

async function cutOf({ sql }: LedgerTest, id: string, known: KnownAt): Promise<number> {
  const found = await cutsOf(sql, [id], { ...(await daysKnown(sql, known)), seal_no: known.seal_no })
  return found.get(id) ?? 0
}

/** The same from the entries and the arrays of the seals alone. */
async function cutByHand({ owner }: LedgerTest, id: string, seal_no: number): Promise<number> {
  const [row] = await owner<{ cut: number }[]>`
    select coalesce(max(sequence), 0)::int as cut from entries where ledger_account_id = ${id}
      and ledger_transaction_id in (select unnest(transaction_ids) from seals where seal_no <= ${seal_no})`
  return row?.cut ?? 0
}

async function totalsByHand({ owner }: LedgerTest, seal_no: number, after: string | null) {
  const rows = await owner`
    select e.value_date, a.currency, a.gl_code, sum(case when is_debit then abs(signed_cents) else 0 end)::text as debits,
      sum(case when is_debit then 0 else abs(signed_cents) end)::text as credits, count(*)::int as entries
    from entries e join ledger_accounts a using (ledger_account_id)
    where e.ledger_transaction_id in (select unnest(transaction_ids) from seals where seal_no <= ${seal_no})
      and e.business_date > coalesce(${after}::date, '-infinity')
    group by 1, 2, 3 order by 1, 2, 3`
  return rows.map(({ debits, credits, ...row }) => ({ ...row, debits: BigInt(debits), credits: BigInt(credits) }))
}

/** Every seal as something that was known. */
async function allKnown({ sql }: LedgerTest): Promise<KnownAt[]> {
  const seals = await sql<{ sealed_at: Date }[]>`select sealed_at from seals order by seal_no`
  return Promise.all(seals.map((seal) => resolveKnownAt(sql, seal.sealed_at)))
}

describe('what was known at a moment', () => {
  test('is everything up to a seal: the cut of an account and the totals of the chart are those of the entries, days and marks over', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all([0, 1, 2].map(() => ledger.openAccount({ balance_cents: 1_000n })))
    const { clock } = ledger
    const sealing = { database: ledger.runtime.database, clock, own: { sealing: newSealing() } }
    const book = async (rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        const value = i % 5 === 0 ? { value_date: '2026-01-02' } : {}
        await ledger.post({ from: ids[i % 3] as string, to: ids[(i + 1) % 3] as string, cents: 1n, ...value })
        await sealCommitted(sealing)
      }
    }
    await book(140)
    await passDays(ledger, 1)
    await book(30)
    await passDays(ledger, 2)
    await book(3)
    const known = await allKnown(ledger)
    assert.ok(known.length > 160, `${known.length} seals`)
    const [marks] = await ledger.sql<{ count: number }[]>`select count(distinct seal_no)::int as count from gl_marks`
    assert.equal(marks?.count, 2)
    for (const [i, one] of known.entries()) {
      assert.equal(one.seal_no, i + 1)
      // Around the marks and the ends of days, and some in between.
      if (i % 9 > 0 && one.seal_no % 64 > 1 && i < 142) continue
      for (const id of ids) assert.equal(await cutOf(ledger, id, one), await cutByHand(ledger, id, one.seal_no))
      const after = one.whole_date
      assert.deepEqual(await glTotals(ledger.sql, one, { after: null }), await totalsByHand(ledger, one.seal_no, null))
      assert.deepEqual(await glTotals(ledger.sql, one, { after }), await totalsByHand(ledger, one.seal_no, after))
      const { seal_no, business_date, whole_date } = one
      assert.deepEqual(await knownBySeal(ledger.sql, seal_no), { seal_no, business_date, whole_date })
    }
    assert.equal(new Set(known.map((one) => one.whole_date)).size, 3)
  })

  test('stays what it was while bookings go on', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 10_000n }), await ledger.openAccount()]
    await sealAll(ledger)
    const known: KnownAt[] = []
    const answers: unknown[] = []
    const answer = async (one: KnownAt) => [
      await cutOf(ledger, a, one),
      await glTotals(ledger.sql, one, { after: null }),
    ]
    let isOver = false
    const booking = (async () => {
      while (!isOver) await Promise.all(Array.from({ length: 20 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    })()
    for (let i = 0; i < 30; i++) {
      const now = await resolveKnownAt(ledger.sql)
      known.push(now)
      answers.push(await answer(now))
      const again = await resolveKnownAt(ledger.sql, now.known_at as Date)
      assert.equal(again.seal_no, now.seal_no)
    }
    isOver = true
    await booking
    await sealAll(ledger)
    for (const [i, one] of known.entries()) {
      const again = await resolveKnownAt(ledger.sql, one.known_at as Date)
      assert.deepEqual([again.seal_no, again.known_at, await answer(again)], [one.seal_no, one.known_at, answers[i]])
    }
  })

  test('reaches up to the horizon, which follows the clock when nothing is booked; beyond it, it is refused', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.deepEqual(await resolveKnownAt(ledger.sql), {
      seal_no: 0,
      tree_size: 0,
      known_at: null,
      horizon: null,
      business_date: null,
      whole_date: null,
    })
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    const moment = new Date(ledger.clock.bank.now().getTime() + 60_000)
    assert.equal(await refusalOf(resolveKnownAt(ledger.sql, moment)), 'BEYOND_HORIZON')
    ledger.clock.advance(60_001)
    const known = await eventually(() => resolveKnownAt(ledger.sql, moment))
    assert.equal(known.seal_no, 1)
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    assert.equal((await resolveKnownAt(ledger.sql, moment)).seal_no, 1)
    assert.equal((await resolveKnownAt(ledger.sql)).seal_no, 2)
    const before = new Date((known.known_at as Date).getTime() - 1)
    assert.equal((await resolveKnownAt(ledger.sql, before)).seal_no, 0)
  })
})
