import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { postTransaction } from '#contracts/api/ledger.ts'
import { incrementHold } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, postBody, transactions } from '../../testing/ledger-test.ts'

describe('the ledger under concurrent callers', () => {
  test('opposite transfers never deadlock, and no money is lost', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(Array.from({ length: 4 }, () => ledger.openAccount({ balance_cents: 1_000n })))
    const tries = await Promise.allSettled(
      Array.from({ length: 400 }, (_, i) => {
        const [from, to] = [ids[i % 4] as string, ids[(i + 1 + (i % 3)) % 4] as string]
        return ledger.post({ from, to, cents: 7n })
      }),
    )
    assert.equal(tries.filter((one) => one.status === 'rejected').length, 0)
    await ledger.assertBooksAddUp()
  })

  test('200 concurrent transfers never overdraw: as many go as there is money for', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 1_003n })
    const to = await ledger.openAccount()
    const tries = await Promise.allSettled(Array.from({ length: 200 }, () => ledger.post({ from, to, cents: 10n })))
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 100)
    assert.equal((await ledger.account(to)).ledger_balance_cents, 1_000n)
    await ledger.assertBooksAddUp()
  })

  test('a member that the database refuses fails alone, and nothing of it is written', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.owner`alter table journal_transactions add constraint no_poison check (description <> 'poison')`
    const to = await ledger.openAccount()
    const tries = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        ledger.post({ from: 'CASH', to, cents: 1n, description: i === 17 ? 'poison' : 'fine' }),
      ),
    )
    assert.deepEqual(
      tries.flatMap((one, i) => (one.status === 'rejected' ? [i] : [])),
      [17],
    )
    assert.equal((await ledger.account(to)).ledger_balance_cents, 39n)
    await ledger.assertBooksAddUp()
  })

  test('connections killed at any moment leave nothing half: each step is booked once or not at all, and may be repeated', async (t) => {
    const ledger = await openLedgerTest(t)
    const a = await ledger.openAccount({ balance_cents: 1_000n })
    const b = await ledger.openAccount({ balance_cents: 1_000n })
    const bodies = Array.from({ length: 300 }, (_, i) => postBody(i < 150 ? a : b, i < 150 ? b : a, i < 150 ? 5n : 1n))
    let isOver = false
    const killing = (async () => {
      while (!isOver) {
        await ledger.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'ledger-service' and state <> 'idle'
            and query !~ 'pg_type'`
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    })()
    const post = (body: (typeof bodies)[number]) => ledger.call(postTransaction, { body }, transactions)
    for (let i = 0; i < bodies.length; i += 30) await Promise.allSettled(bodies.slice(i, i + 30).map(post))
    isOver = true
    await killing
    await ledger.assertBooksAddUp()
    // A step of which nothing is known is repeated until it is; the pool meets its dead connections meanwhile.
    await eventually(() => Promise.all(bodies.map(post)), 60_000)
    await ledger.assertBooksAddUp()
    const [row] = await ledger.sql<{ steps: number; booked: number }[]>`
      select count(distinct transaction_id)::int as steps, count(*)::int as booked from journal_transactions`
    assert.deepEqual([row?.booked, row?.steps], [bodies.length + 2, bodies.length + 2])
    assert.equal((await ledger.account(a)).ledger_balance_cents, 1_000n - 5n * 150n + 150n)
  })

  test('random commands of many callers, and the books add up', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        ledger.openAccount({ balance_cents: 500n, overdraft_limit_cents: BigInt(i * 100) }),
      ),
    )
    const index = fc.integer({ min: 0, max: 6 })
    const act = fc.record({
      kind: fc.constantFrom('post', 'capture', 'part', 'hold', 'increment', 'release', 'reverse'),
      a: index,
      b: index,
      cents: fc.bigInt({ min: 1n, max: 300n }),
    })
    const named = (i: number): string => ids[i] ?? (i === 5 ? 'CASH' : 'SUSPENSE')
    const holds: string[] = []
    const booked: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 40 }), async (acts) => {
        await Promise.allSettled(
          acts.map(async ({ kind, a, b, cents }) => {
            const hold_id = holds[(a * 7 + b) % Math.max(holds.length, 1)] as string
            const id = booked[(a * 7 + b) % Math.max(booked.length, 1)] as string
            if (kind === 'hold')
              holds.push((await ledger.placeHold({ ledger_account_id: named(a % 5), amount_cents: cents })).hold_id)
            else if (kind === 'increment') {
              const body = { transaction_id: newId(), step: 'increment', amount_cents: cents }
              await ledger.call(incrementHold, { params: { hold_id }, body }, transactions)
            } else if (kind === 'release') await ledger.releaseHold(hold_id)
            else if (kind === 'reverse') await ledger.reverse(id)
            else {
              const captured = kind === 'post' ? {} : { hold_id, releases_rest: kind === 'capture' }
              booked.push(
                (await ledger.post({ from: named(a), to: named(b), cents, ...captured })).ledger_transaction_id,
              )
            }
          }),
        )
        await ledger.assertBooksAddUp()
      }),
      { numRuns: 12 },
    )
    assert.ok(booked.length > 20 && holds.length > 10)
  })
})
