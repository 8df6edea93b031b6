import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fraudCheckCompleted } from '#contracts/events/fraud.ts'
import type { EventMessage } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { aReservedTransfer, judged, type Reserved, setRule } from '../../testing/checks.ts'
import { service } from '../service.ts'
import { onTransactionBalanceReserved } from './on-transaction-balance-reserved.ts'

const verdictsOf = (checks: readonly { decision: string; reason_codes: string[] }[]) =>
  checks.map(({ decision, reason_codes }) => [decision, ...reason_codes].join(' '))

/** Runs the reaction as an instance of its own would: events in, one transaction, and the number of its statements. */
async function deliver(bank: ServiceTest, transfers: readonly Reserved[]): Promise<number> {
  const events = transfers.map((data) => {
    const { correlation_id, traceparent } = newTrace()
    return { id: newId(), data, correlationid: correlation_id, traceparent } as EventMessage<Reserved>
  })
  let statements = 0
  await bank.runtime.database.transact(async (tx) => {
    const counting = new Proxy(tx, {
      apply: (target, self, args) => {
        statements += 1
        return Reflect.apply(target, self, args)
      },
    }) as Tx
    const context = { tx: counting, clock: bank.clock, own: {}, mintId: newId }
    await onTransactionBalanceReserved.run(events as never, undefined as never, context)
  })
  return statements
}

describe('judging transfers whose money is reserved', () => {
  test('allows an everyday transfer: verdict, evidence, count and payee are written with one event', async (t) => {
    const bank = await openServiceTest(t, service)
    const transfer = aReservedTransfer()
    const { transaction_id, account_id, related_account_id } = transfer
    assert.deepEqual(await judged(bank, [transfer]), [
      { transaction_id, account_id, decision: 'ALLOW', fraud_score: 0, reason_codes: [] },
    ])
    const [check] =
      await bank.sql`select account_id, related_account_id, amount_cents, currency, decision from fraud_checks`
    assert.deepEqual(check, {
      account_id,
      related_account_id,
      amount_cents: 25_000n,
      currency: 'EUR',
      decision: 'ALLOW',
    })
    const [velocity] = await bank.sql`select account_id, activity_count, counted_cents from account_velocity`
    assert.deepEqual(velocity, { account_id, activity_count: 1n, counted_cents: 25_000n })
    assert.deepEqual(
      [...(await bank.sql`select account_id, related_account_id from known_payees`)],
      [{ account_id, related_account_id }],
    )
  })

  test('holds back by the seeded rules: amounts, a new payee, what is too much in a day', async (t) => {
    const bank = await openServiceTest(t, service)
    const [account_id, friend] = [newId(), newId()]
    const checks = await judged(bank, [
      aReservedTransfer({ amount_cents: 100_000_001n }),
      aReservedTransfer({ amount_cents: 1_000_001n, related_account_id: null }),
      aReservedTransfer({ amount_cents: 500_001n }),
      aReservedTransfer({ amount_cents: 500_000n }),
      aReservedTransfer({ account_id, related_account_id: friend, amount_cents: 400_000n }),
      aReservedTransfer({ account_id, related_account_id: friend, amount_cents: 900_000n }),
      aReservedTransfer({ account_id, related_account_id: friend, amount_cents: 700_001n }),
    ])
    assert.deepEqual(verdictsOf(checks), [
      'BLOCK amount-block amount-review new-payee-amount velocity-amount',
      'REVIEW amount-review',
      'REVIEW new-payee-amount',
      'ALLOW',
      'ALLOW',
      'ALLOW',
      'REVIEW velocity-amount',
    ])
    assert.equal(checks[0]?.fraud_score, 1000)
  })

  test('a repeated transfer gets the same verdict again and is counted once', async (t) => {
    const bank = await openServiceTest(t, service)
    const transfer = aReservedTransfer({ amount_cents: 2_000_000n })
    const [first] = await judged(bank, [transfer])
    await setRule(bank, 'amount-review', { threshold: 9_000_000 })
    await setRule(bank, 'new-payee-amount', { measure: 'NEW_PAYEE_AMOUNT', threshold: 9_000_000 })
    const [again, twin] = await judged(bank, [transfer, transfer])
    assert.deepEqual([again, twin], [first, first])
    const [velocity] = await bank.sql`select activity_count, counted_cents from account_velocity`
    assert.deepEqual(velocity, { activity_count: 1n, counted_cents: 2_000_000n })
  })

  test('counts within the window of the rule, batch after batch, and forgets what is older', async (t) => {
    const bank = await openServiceTest(t, service)
    await setRule(bank, 'velocity-count', { measure: 'VELOCITY_COUNT', window_s: 60, threshold: 3 })
    const account_id = newId()
    const some = (n: number) => Array.from({ length: n }, () => aReservedTransfer({ account_id, amount_cents: 1n }))
    assert.deepEqual(verdictsOf(await judged(bank, some(2))), ['ALLOW', 'ALLOW'])
    bank.clock.advance(40_000)
    assert.deepEqual(verdictsOf(await judged(bank, some(2))), ['ALLOW', 'REVIEW velocity-count'])
    bank.clock.advance(40_000)
    assert.deepEqual(verdictsOf(await judged(bank, some(2))), ['ALLOW', 'REVIEW velocity-count'])
    bank.clock.advance(61_000)
    assert.deepEqual(verdictsOf(await judged(bank, some(1))), ['ALLOW'])
  })

  test("windows run on the bank's clock: a moved clock empties them, and one that lags behind opens none anew", async (t) => {
    const bank = await openServiceTest(t, service)
    const { setBankOffset } = bank.clock as unknown as { setBankOffset(ms: number): void }
    await setRule(bank, 'velocity-count', { measure: 'VELOCITY_COUNT', window_s: 3_600, threshold: 2 })
    const account_id = newId()
    const some = (n: number) => Array.from({ length: n }, () => aReservedTransfer({ account_id, amount_cents: 1n }))
    setBankOffset(-365 * 86_400_000)
    assert.deepEqual(verdictsOf(await judged(bank, some(3))), ['ALLOW', 'ALLOW', 'REVIEW velocity-count'])
    setBankOffset(-364 * 86_400_000)
    assert.deepEqual(verdictsOf(await judged(bank, some(2))), ['ALLOW', 'ALLOW'])
    setBankOffset(-365 * 86_400_000)
    assert.deepEqual(verdictsOf(await judged(bank, some(1))), ['REVIEW velocity-count'])
  })

  test('a rule that is made, changed or switched off counts for the next transfer', async (t) => {
    const bank = await openServiceTest(t, service)
    await setRule(bank, 'small-change', { decision: 'BLOCK', threshold: 10, score: 7 })
    assert.deepEqual(verdictsOf(await judged(bank, [aReservedTransfer()])), ['BLOCK small-change'])
    await setRule(bank, 'small-change', { is_active: false })
    assert.deepEqual(verdictsOf(await judged(bank, [aReservedTransfer()])), ['ALLOW'])
  })

  test('instances that judge one account at the same time do not overlook each other', async (t) => {
    const bank = await openServiceTest(t, service)
    await setRule(bank, 'velocity-count', { measure: 'VELOCITY_COUNT', window_s: 3_600, threshold: 10 })
    const [one, other] = [newId(), newId()]
    const batch = () =>
      [one, other, one, other].map((account_id) => aReservedTransfer({ account_id, amount_cents: 1n }))
    await Promise.all(Array.from({ length: 8 }, (_, i) => deliver(bank, i % 2 === 0 ? batch() : batch().reverse())))
    const rows = await bank.sql`
      select account_id, decision, count(*)::int as checks from fraud_checks group by 1, 2 order by account_id = ${other}, decision`
    assert.deepEqual(
      rows.map((row) => [row.account_id === one, row.decision, row.checks]),
      [
        [true, 'ALLOW', 10],
        [true, 'REVIEW', 6],
        [false, 'ALLOW', 10],
        [false, 'REVIEW', 6],
      ],
    )
    const counts = await bank.sql`select activity_count, counted_cents from account_velocity`
    assert.deepEqual([...counts], Array(2).fill({ activity_count: 16n, counted_cents: 16n }))
  })

  test('asks the database six times, for one transfer and for five hundred', async (t) => {
    const bank = await openServiceTest(t, service)
    assert.equal(await deliver(bank, [aReservedTransfer()]), 6)
    assert.equal(
      await deliver(
        bank,
        Array.from({ length: 500 }, () => aReservedTransfer()),
      ),
      6,
    )
    assert.equal((await bank.published(fraudCheckCompleted)).length, 501)
  })

  test('sums of the largest amounts there are wrap around without harm', async (t) => {
    const bank = await openServiceTest(t, service)
    const account_id = newId()
    await bank.sql`
      insert into account_velocity (account_id, activity_count, counted_cents, counted_at)
      values (${account_id}, 7, ${2n ** 63n - 100n}, ${new Date()})`
    const some = Array.from({ length: 3 }, () => aReservedTransfer({ account_id, amount_cents: 900_000n }))
    assert.deepEqual(verdictsOf(await judged(bank, some)), [
      'REVIEW new-payee-amount',
      'REVIEW new-payee-amount',
      'REVIEW new-payee-amount velocity-amount',
    ])
    assert.deepEqual(verdictsOf(await judged(bank, [aReservedTransfer({ account_id, amount_cents: 1n })])), [
      'REVIEW velocity-amount',
    ])
  })
})
