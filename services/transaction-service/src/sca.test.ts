import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, confirming } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { type Bank, openBank } from '../testing/open-bank.ts'
import { groundOf, inForce, openStrict, REQUIRED } from '../testing/sca.ts'

const DAY_MS = 86_400_000

async function written(bank: Bank): Promise<number> {
  const [row] = await bank.sql<{ n: number }[]>`select count(*)::int as n from transactions`
  return (row as { n: number }).n
}

async function reasonOf(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Problem, String(error))
  assert.equal(error.kind.code, 'STEP_UP_REQUIRED')
  return error.options.extra?.reason
}

describe('a transfer that has to be confirmed', () => {
  test('RFC 9470: is refused with 401 before it is, nothing moves, and the same key pays with the proof', async (t) => {
    const { bank, ann, wish } = await openStrict(t)
    const key = aKey()
    assert.equal(await reasonOf(bank.transfer(ann, wish(4_000n), key)), 'ABOVE_LOW_VALUE')
    assert.equal(await written(bank), 0)
    const { reply } = await bank.confirmed(ann, wish(4_000n), key)
    assert.equal(await groundOf(bank, reply.transaction_id), 'PROVED')
    const again = await bank.transfer(ann, wish(4_000n), key)
    assert.equal(again.headers['idempotency-replayed'], 'true')
    assert.equal(again.reply.transaction_id, reply.transaction_id)
    assert.equal(await written(bank), 1)
    const [line] =
      await bank.owner`select outcome from audit_outbox where operation = 'transferMoney' order by audit_id`
    assert.equal(line?.outcome, 'STEP_UP_REQUIRED', 'the refusal is in the trail')
  })

  test('PSD2 RTS art. 5: a proof for another amount, payee, account or operation confirms nothing', async (t) => {
    const { bank, ann, bob, wish } = await openStrict(t)
    const [other, own] = [bank.openAccount(bob), bank.openAccount(ann, { balance_cents: 9_000n })]
    const asked = wish(4_000n)
    for (const changed of [{ amount_cents: 4_001n }, { destination_account_id: other }, { source_account_id: own }]) {
      const proof = confirming(ann, api.transferMoney, { body: { ...asked, ...changed } })
      await assert.rejects(bank.transfer(proof, asked), REQUIRED, Object.keys(changed)[0])
    }
    await assert.rejects(bank.transfer(confirming(ann, api.addBeneficiary, { body: asked }), asked), REQUIRED)
    const late = confirming(ann, api.transferMoney, { body: asked })
    bank.clock.advance(301_000)
    await assert.rejects(bank.transfer(late, asked), REQUIRED, 'a proof is good for five minutes')
    assert.equal(await written(bank), 0)
  })

  test('a proof pays once: of eight keys at once one does, a hundred times; one that was used pays nothing more', async (t) => {
    const { bank, ann, wish } = await openStrict(t)
    const asked = wish(4_000n)
    for (let round = 1; round <= 100; round++) {
      const once = confirming(ann, api.transferMoney, { body: asked })
      const settled = await Promise.allSettled(Array.from({ length: 8 }, () => bank.transfer(once, asked)))
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1, `round ${round}`)
      for (const one of settled) if (one.status === 'rejected') REQUIRED(one.reason)
      await assert.rejects(bank.transfer(once, asked), REQUIRED)
    }
    assert.equal(await written(bank), 100)
  })

  test('why it could begin is for staff; its customer is not told', async (t) => {
    const { bank, ann, confirm } = await openStrict(t)
    const { reply } = await confirm(4_000n)
    assert.equal(reply.sca, null)
    const { transaction_id } = reply
    assert.equal((await bank.call(api.getTransaction, { params: { transaction_id } }, ann)).reply.sca, null)
    assert.equal(await groundOf(bank, transaction_id), 'PROVED')
    const [row] = await bank.sql`select sca_policy from transactions`
    assert.equal(row?.sca_policy, 0)
  })
})

describe('low value, PSD2 RTS art. 16', () => {
  test('up to 30.00 needs no confirmation, a cent more does; to somebody new everything does', async (t) => {
    const { bank, ann, wish, pay, confirm } = await openStrict(t)
    assert.equal(await reasonOf(bank.transfer(ann, wish(1n))), 'NEW_PAYEE')
    await confirm(5_000n)
    assert.equal(await pay(3_000n), 'LOW_VALUE')
    assert.equal(await reasonOf(bank.transfer(ann, wish(3_001n))), 'ABOVE_LOW_VALUE')
  })

  test('up to 100.00 together since the last confirmation, which begins the count anew', async (t) => {
    const { bank, ann, wish, pay, confirm } = await openStrict(t)
    await confirm(5_000n)
    for (const amount of [3_000n, 3_000n, 3_000n]) assert.equal(await pay(amount), 'LOW_VALUE')
    assert.equal(await reasonOf(bank.transfer(ann, wish(1_001n))), 'TOTAL_REACHED')
    assert.equal(await pay(1_000n), 'LOW_VALUE', 'a refusal counts nothing')
    assert.equal(await reasonOf(bank.transfer(ann, wish(1n))), 'TOTAL_REACHED')
    await confirm(2n)
    assert.equal(await pay(3_000n), 'LOW_VALUE')
  })

  test('five times since the last confirmation, not six', async (t) => {
    const { bank, ann, wish, pay, confirm } = await openStrict(t)
    await confirm(5_000n)
    for (const amount of [1n, 2n, 3n, 4n, 5n]) assert.equal(await pay(amount), 'LOW_VALUE')
    assert.equal(await reasonOf(bank.transfer(ann, wish(6n))), 'COUNT_REACHED')
    const [counter] = await bank.sql`select payment_count, total_hundredths from sca_counters`
    assert.deepEqual({ ...counter }, { payment_count: 5, total_hundredths: 15n })
  })

  test('of many at once exactly as many pass as the bounds let, whatever batch they come in', async (t) => {
    const { bank, ann, from, wish, confirm } = await openStrict(t)
    const second = bank.openAccount(ann, { balance_cents: 100_000n })
    for (let round = 1; round <= 20; round++) {
      await confirm(5_000n)
      const calls = Array.from({ length: 12 }, (_, i) =>
        bank.transfer(ann, wish(2_500n, { source_account_id: i % 2 === 0 ? from : second })),
      )
      const settled = await Promise.allSettled(calls)
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 4, `round ${round}`)
    }
  })

  test('amounts are measured in hundredths of the unit, whatever the minor unit is', async (t) => {
    const { bank, ann, bob, pay } = await openStrict(t)
    const yen = (owner: Caller) => bank.openAccount(owner, { currency: 'JPY', balance_cents: 100_000n })
    const sides = { source_account_id: yen(ann), destination_account_id: yen(bob), currency: 'JPY' }
    await bank.confirmed(ann, { ...sides, amount_cents: 500n })
    assert.equal(await pay(30n, sides), 'LOW_VALUE')
    await assert.rejects(pay(31n, sides), REQUIRED)
  })

  test('is each customer’s own count', async (t) => {
    const { bank, bob, from, to, pay, confirm } = await openStrict(t)
    await confirm(5_000n)
    for (const amount of [1n, 2n, 3n, 4n, 5n]) await pay(amount)
    bank.ledger.balances.set(to, 10_000n)
    await bank.confirmed(bob, { source_account_id: to, destination_account_id: from, amount_cents: 7n })
    const { reply } = await bank.transfer(bob, {
      source_account_id: to,
      destination_account_id: from,
      amount_cents: 8n,
    })
    assert.equal(await groundOf(bank, reply.transaction_id), 'LOW_VALUE')
  })
})

describe('series, PSD2 RTS art. 14', () => {
  test('the same amount to the same payee again needs no confirmation, when the first was confirmed and time has passed', async (t) => {
    const { bank, pay, confirm } = await openStrict(t)
    await confirm(80_000n)
    await assert.rejects(pay(80_000n), REQUIRED, 'not sooner than six days after')
    bank.clock.advance(6 * DAY_MS)
    await assert.rejects(pay(80_001n), REQUIRED, 'another amount is another series')
    assert.equal(await pay(80_000n), 'RECURRING')
    await assert.rejects(pay(80_000n), REQUIRED)
    bank.clock.advance(6 * DAY_MS)
    assert.equal(await pay(80_000n), 'RECURRING')
  })

  test('of eight at once one is the next of the series', async (t) => {
    const { bank, ann, wish, confirm } = await openStrict(t)
    await confirm(80_000n)
    for (let round = 1; round <= 20; round++) {
      bank.clock.advance(6 * DAY_MS)
      const settled = await Promise.allSettled(Array.from({ length: 8 }, () => bank.transfer(ann, wish(80_000n))))
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1, `round ${round}`)
    }
  })
})

describe('own accounts, PSD2 RTS art. 15', () => {
  test('between accounts of the same persons nothing is confirmed; one held with somebody else is not one’s own', async (t) => {
    const { bank, ann, bob, pay } = await openStrict(t)
    const own = bank.openAccount(ann)
    assert.equal(await pay(5_000_000n, { destination_account_id: own }), 'OWN_ACCOUNTS')
    const both = [ann, bob].map(({ customer_id }) => ({
      customer_id: customer_id as string,
      capabilities: ['view' as const, 'debit' as const, 'manage' as const],
    }))
    const joint = bank.openAccount(ann, { owners: both })
    await assert.rejects(pay(5_000_000n, { destination_account_id: joint }), REQUIRED)
  })

  test('two who act for each other pay each other, not themselves', async (t) => {
    const { bank, ann, bob, wish } = await openStrict(t)
    const [hers, his] = [ann.customer_id as string, bob.customer_id as string]
    const all = { capabilities: ['view' as const, 'debit' as const, 'manage' as const] }
    const acting = { ...all, is_delegate: true as const }
    const source_account_id = bank.openAccount(ann, {
      owners: [
        { customer_id: hers, ...all },
        { customer_id: his, ...acting },
      ],
    })
    const destination_account_id = bank.openAccount(bob, {
      owners: [
        { customer_id: his, ...all },
        { customer_id: hers, ...acting },
      ],
    })
    await assert.rejects(bank.transfer(ann, wish(5_000_000n, { source_account_id, destination_account_id })), REQUIRED)
    const own = { source_account_id, destination_account_id: bank.openAccount(ann) }
    const { reply } = await bank.transfer(ann, wish(5_000_000n, own))
    assert.equal(await groundOf(bank, reply.transaction_id), 'OWN_ACCOUNTS')
  })
})

describe('a device that is new', () => {
  test('pays nobody else without a confirmation: no exemption holds before it has cooled off', async (t) => {
    const { bank, ann, wish, confirm } = await openStrict(t)
    await confirm(80_000n)
    const now_s = (): number => Math.floor(bank.clock.wall.now().getTime() / 1000)
    const stolen = { ...ann, cooling_until: now_s() + 7 * 86_400 }
    assert.equal((await bank.confirmed(stolen, wish(2_000n))).status, 202)
    for (const amount_cents of [1n, 2_000n])
      assert.equal(await reasonOf(bank.transfer(stolen, wish(amount_cents))), 'NEW_DEVICE')
    bank.clock.advance(6 * DAY_MS)
    assert.equal(await reasonOf(bank.transfer(stolen, wish(80_000n))), 'NEW_DEVICE')
    const own = await bank.transfer(stolen, wish(2_000n, { destination_account_id: bank.openAccount(ann) }))
    assert.equal(await groundOf(bank, own.reply.transaction_id), 'OWN_ACCOUNTS')
    bank.clock.advance(DAY_MS + 1_000)
    assert.equal(await groundOf(bank, (await bank.transfer(stolen, wish(2_000n))).reply.transaction_id), 'LOW_VALUE')
  })

  test('a sandbox is tried out at once', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const from = bank.openAccount(ann, { balance_cents: 100_000n })
    const wish = {
      source_account_id: from,
      destination_account_id: bank.openAccount(aCustomer()),
      amount_cents: 25_000n,
    }
    const cooling_until = Math.floor(bank.clock.wall.now().getTime() / 1000) + 86_400
    assert.equal(
      (await bank.transfer({ ...ann, cooling_until }, { ...wish, currency: 'EUR' })).reply.amount_cents,
      25_000n,
    )
  })
})

describe('a batch', () => {
  test('decides members of all kinds together, each for itself', async (t) => {
    const { bank, ann, bob, wish, confirm } = await openStrict(t)
    await confirm(5_000n)
    const own = bank.openAccount(ann)
    const calls = [
      bank.transfer(ann, wish(2_000n)),
      bank.transfer(ann, wish(9_000n)),
      confirm(9_001n),
      bank.transfer(ann, wish(7_000n, { destination_account_id: own })),
      bank.transfer(ann, wish(5n, { destination_account_id: bank.openAccount(bob) })),
    ]
    const settled = await Promise.allSettled(calls)
    const grounds = await Promise.all(
      settled.map((one) =>
        one.status === 'fulfilled'
          ? groundOf(bank, one.value.reply.transaction_id)
          : (one.reason as Problem).options.extra?.reason,
      ),
    )
    assert.deepEqual(grounds, ['LOW_VALUE', 'ABOVE_LOW_VALUE', 'PROVED', 'OWN_ACCOUNTS', 'NEW_PAYEE'])
    assert.equal(await written(bank), 4)
  })
})

describe('a sandbox', () => {
  test('lets 500.00 through to anybody, however often, and asks above it', async (t) => {
    const bank = await openBank(t)
    const [ann, bob] = [aCustomer(), aCustomer()]
    const sides = { source_account_id: bank.openAccount(ann), destination_account_id: bank.openAccount(bob) }
    for (let i = 0; i < 10; i++) await bank.transfer(ann, { ...sides, amount_cents: 50_000n })
    await assert.rejects(bank.transfer(ann, { ...sides, amount_cents: 50_001n }), REQUIRED)
    await bank.confirmed(ann, { ...sides, amount_cents: 50_001n })
  })
})

describe('the policy', () => {
  test('exemptions can be switched off', async (t) => {
    const { bank, ann, pay, confirm } = await openStrict(t)
    await confirm(80_000n)
    await inForce(bank, { has_own_accounts: false, recurring_days: null, low_value_hundredths: 0 })
    bank.clock.advance(6 * DAY_MS)
    const own = { destination_account_id: bank.openAccount(ann) }
    for (const [amount, more] of [[1n], [80_000n], [5n, own]] as const)
      await assert.rejects(pay(amount, more), REQUIRED)
  })
})
