import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cancelTransaction } from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { aKeyOf } from '../testing/granted.ts'
import { type Bank, openBank, twoCustomers } from '../testing/open-bank.ts'
import { refusedWith } from '../testing/refused-with.ts'
import { refuseBeyondLimits, rememberLimited } from './store/spending.ts'

/** A delegate of ann's account with limits of 100 for a payment and 250 for a day. */
async function opened(t: Parameters<typeof openBank>[0]) {
  const bank = await openBank(t)
  const { ann, from, to } = twoCustomers(bank, 100_000n)
  const dan = aCustomer()
  const limits = { max_amount_cents: 100n, max_day_cents: 250n }
  bank.accounts
    .get(from)
    ?.owners.push({ customer_id: dan.customer_id as string, capabilities: ['view', 'debit'], limits })
  const pay = (who: Caller, amount_cents: bigint, key?: string) =>
    bank.transfer(who, { source_account_id: from, destination_account_id: to, amount_cents }, key)
  return { bank, ann, dan, from, to, pay }
}

const begun = async (bank: Bank) => {
  const [row] = await bank.sql<{ count: number; sum: bigint }[]>`
    select count(*)::int as count, coalesce(sum(amount_cents), 0)::bigint as sum from transactions`
  return row
}

describe('spending limits of those who pay for others', () => {
  test('a delegate pays up to his limit and not a cent more, by one payment and in a day; the owner is not bound', async (t) => {
    const { bank, ann, dan, pay } = await opened(t)
    await assert.rejects(pay(dan, 101n), refusedWith('SPENDING_LIMIT'))
    await pay(dan, 100n)
    await pay(dan, 100n)
    await assert.rejects(pay(dan, 51n), refusedWith('SPENDING_LIMIT'))
    await pay(dan, 50n)
    await assert.rejects(pay(dan, 1n), refusedWith('SPENDING_LIMIT'))
    await pay(ann, 5_000n)
    assert.deepEqual({ ...(await begun(bank)) }, { count: 4, sum: 5_250n })
    bank.clock.advance(86_400_000)
    await pay(dan, 100n)
    const kept = await bank.sql`select 1 from limited_payments`
    assert.equal(kept.count, 1, 'days before are forgotten')
  })

  test('eight at once: as many as the day holds, and never more, 10 times over', async (t) => {
    const { bank, dan, pay } = await opened(t)
    for (let round = 1; round <= 10; round++) {
      const settled = await Promise.allSettled(Array.from({ length: 8 }, () => pay(dan, 60n)))
      const refused = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Problem).kind.code] : []))
      assert.deepEqual(refused, ['SPENDING_LIMIT', 'SPENDING_LIMIT', 'SPENDING_LIMIT', 'SPENDING_LIMIT'])
      assert.deepEqual({ ...(await begun(bank)) }, { count: 4 * round, sum: 240n * BigInt(round) })
      bank.clock.advance(86_400_000)
    }
  })

  test('a payment waits for what another batch, or another instance, is just deciding for the same holder', async (t) => {
    const { bank, ann, dan, from, pay } = await opened(t)
    const { transaction_id } = (await pay(ann, 150n)).reply
    const holder = `delegate/${from}/${dan.customer_id}`
    const limits = [{ holder, max_amount_cents: 100n, max_day_cents: 250n }]
    const day = bank.clock.bank.businessDate()
    const begin = async (tx: Tx, amount_cents: bigint) => {
      const payment = { transaction_id, amount_cents, currency: 'EUR', limits }
      const [beyond] = await refuseBeyondLimits(tx, [payment], day)
      if (beyond === undefined) await rememberLimited(tx, [{ ...payment, amount_cents: 200n }], day)
      return beyond?.kind.code
    }
    let second: Promise<string | undefined> | undefined
    const first = await bank.sql.begin(async (tx) => {
      const verdict = await begin(tx, 100n)
      second = bank.sql.begin((other) => begin(other, 51n)) as Promise<string | undefined>
      await eventually(async () => (await bank.owner`select 1 from pg_locks where not granted`).count > 0)
      return verdict
    })
    assert.deepEqual([first, await second], [undefined, 'SPENDING_LIMIT'])
  })

  test('what was taken back or failed counts no more', async (t) => {
    const { bank, dan, pay } = await opened(t)
    const { reply } = await pay(dan, 100n)
    await pay(dan, 100n)
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    await bank.call(cancelTransaction, { params: { transaction_id: reply.transaction_id } }, dan)
    await bank.reaches(reply.transaction_id, 'CANCELLED')
    await pay(dan, 100n)
    await assert.rejects(pay(dan, 100n), refusedWith('SPENDING_LIMIT'))
  })

  test('a repeated key answers the first payment, and counts it once', async (t) => {
    const { bank, dan, pay } = await opened(t)
    const first = await pay(dan, 100n, 'once-and-for-all-1')
    const again = await pay(dan, 100n, 'once-and-for-all-1')
    assert.equal(again.reply.transaction_id, first.reply.transaction_id)
    await pay(dan, 100n)
    assert.equal((await begun(bank))?.count, 2)
  })

  test('a key has its own limits, each key for itself; without limits it pays nothing', async (t) => {
    const { bank, ann, dan, pay } = await opened(t)
    const limits = { max_amount_cents: 200, max_day_cents: 300 }
    const [one, other] = [aKeyOf(ann, [], limits), aKeyOf(ann, [], limits)]
    await assert.rejects(pay(one, 201n), refusedWith('SPENDING_LIMIT'))
    await pay(one, 200n)
    await assert.rejects(pay(one, 101n), refusedWith('SPENDING_LIMIT'))
    await pay(other, 200n)
    const bare = { ...one, grant: { ...(one.grant as NonNullable<Caller['grant']>), details: [] } }
    await assert.rejects(pay(bare, 1n), refusedWith('SPENDING_LIMIT'))
    await assert.rejects(pay(aKeyOf(dan, [], limits), 101n), refusedWith('SPENDING_LIMIT'))
    const settled = await Promise.allSettled(Array.from({ length: 8 }, () => pay(one, 25n)))
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 4)
    assert.deepEqual({ ...(await begun(bank)) }, { count: 6, sum: 500n })
  })

  test('members with limits and without travel together, each with its own verdict', async (t) => {
    const { bank, ann, dan, pay } = await opened(t)
    const all = [pay(ann, 300n), pay(dan, 101n), pay(ann, 301n), pay(dan, 100n), pay(dan, 102n), pay(ann, 302n)]
    const settled = await Promise.allSettled(all)
    assert.deepEqual(
      settled.map((one) => (one.status === 'fulfilled' ? one.value.reply.amount_cents : one.reason.kind?.code)),
      [300n, 'SPENDING_LIMIT', 301n, 100n, 'SPENDING_LIMIT', 302n],
    )
    assert.equal((await begun(bank))?.count, 4)
  })
})
