import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { moveSandboxClock } from '#contracts/api/ledger-days.ts'
import { depositCash, withdrawCash } from '#contracts/api/transaction.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { bearBank } from '#services/ledger-service/src/seed.ts'
import { actorsOf, personCaller } from '../demo/acting.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { type Api, aKey } from '../testing/api.ts'
import { openBank, RAISED_LIMITS, type TestBank } from '../testing/open-bank.ts'
import { SpawnedBank } from '../testing/spawned-bank.ts'

const DAY_MS = 86_400_000
const TELLER = personCaller(newId(), null, ['teller'])

/**
 * March 2026 by hand, at 2 % a year and 365 days: interest in cents is the sum of the end-of-day balances ÷ 18,250.
 *
 * | account | end-of-day balances                                                | sum       | ÷ 18,250 | paid |
 * |---------|--------------------------------------------------------------------|-----------|----------|------|
 * | saver   | 10 days × 1,000.00, 10 days × 1,500.00, 11 days × 1,300.00         | 3,930,000 | 215.34   | 2.15 |
 * | half    | 1 day × 91.25 (the last one)                                       | 9,125     | 0.5      | 0.00 |
 * | one and a half | 1 day × 273.75 (the last one)                               | 27,375    | 1.5      | 0.02 |
 * | emptied | 1 day × 5,000.00, then nothing                                     | 500,000   | 27.40    | 0.27 |
 */
const MARCH = [
  {
    name: 'saver',
    acts: [
      [1, 100_000],
      [11, 50_000],
      [21, -20_000],
    ],
    paid: 215,
  },
  { name: 'half', acts: [[31, 9_125]], paid: 0 },
  { name: 'one and a half', acts: [[31, 27_375]], paid: 2 },
  {
    name: 'emptied',
    acts: [
      [3, 500_000],
      [4, -500_000],
    ],
    paid: 27,
  },
] as const
const MARCH_DAYS = 31

describe('a month on the bank clock', () => {
  let bank: TestBank
  let api: Api

  before(async () => {
    bank = await openBank()
    api = bank.api
    const daysAgo = Math.round((Date.parse(today()) - Date.parse('2026-03-01')) / DAY_MS)
    await bearBank(bank.bank.openingOf('ledger-service'), { daysAgo })
  })
  after(() => bank.close())

  test('interest to the unit equals the hand-worked table, and every day closes with the trial balance at zero', async () => {
    const owner = await api.newCustomer()
    const accounts = await Promise.all(
      MARCH.map(async ({ name, acts, paid }) => {
        const { account_id } = await api.openAccount(owner.token, { product_id: 'easy-savings' })
        return { name, acts, paid, account_id }
      }),
    )
    for (let day = 1; day <= MARCH_DAYS; day++) {
      for (const { account_id, acts } of accounts)
        for (const [on, cents] of acts) if (on === day) await overTheCounter(account_id, cents)
      await toMidnightAfter(`2026-03-${String(day).padStart(2, '0')}`)
    }
    const auditor = await api.signIn('auditor')
    for (const { name, account_id, acts, paid } of accounts) {
      const kept = acts.reduce((sum, [, cents]) => sum + cents, 0)
      const { body } = await api.balance(owner.token, account_id)
      assert.equal(body.ledger_balance_cents, kept + paid, name)
      const { body: entries } = await api.get(`/ledger/accounts/${account_id}/entries`, { token: auditor })
      const interest = entries.items.filter((entry: { business_event: string }) => entry.business_event === 'INTEREST')
      assert.deepEqual(
        interest.map((entry: { signed_cents: number; value_date: string }) => [entry.signed_cents, entry.value_date]),
        paid === 0 ? [] : [[paid, '2026-03-31']],
        name,
      )
      if (paid > 0)
        await eventually(async () => {
          const { body: history } = await api.get(`/accounts/${account_id}/transactions`, { token: owner.token })
          const found = history.items.filter(
            (item: { transaction_type: string }) => item.transaction_type === 'INTEREST',
          )
          assert.deepEqual(
            found.map((item: { amount_cents: number }) => item.amount_cents),
            [paid],
            name,
          )
        })
    }
    await everyDayClosedAtZero(auditor, '2026-03-01', '2026-03-31', MARCH_DAYS)
    const { body: payable } = await api.get('/ledger/accounts?gl_code=INTEREST_PAYABLE', { token: auditor })
    assert.deepEqual(
      payable.items.map((line: { ledger_balance_cents: number }) => line.ledger_balance_cents),
      [0],
    )
    const { body: expense } = await api.get('/ledger/accounts?gl_code=INTEREST_EXPENSE', { token: auditor })
    const paidInAll = MARCH.reduce((sum, { paid }) => sum + paid, 0)
    assert.deepEqual(
      expense.items.map((line: { ledger_balance_cents: number }) => line.ledger_balance_cents),
      [paidInAll],
    )
  })

  /** A teller's act below the gateway, which keeps people's money still while the bank lives through its past. */
  async function overTheCounter(account_id: string, cents: number): Promise<void> {
    const body = { account_id, amount_cents: BigInt(Math.abs(cents)), currency: 'EUR' }
    const operation = cents > 0 ? depositCash : withdrawCash
    const made = await actorsOf(bank.bank).as(TELLER, operation, { body }, { key: aKey(), waitMs: 20_000 })
    assert.equal(made.status, 'COMPLETED', made.failure_code ?? '')
  }

  async function toMidnightAfter(date: string): Promise<void> {
    const midnight = new Date(Date.parse(`${date}T00:00:00Z`) + DAY_MS).toISOString()
    await actorsOf(bank.bank).as(anonymous, moveSandboxClock, { body: { to: midnight } })
    await closed(api, date)
  }

  async function everyDayClosedAtZero(token: string, from: string, to: string, days: number): Promise<void> {
    const { body } = await api.expect(200, api.get(`/ledger/periods?from=${from}&to=${to}&limit=200`, { token }))
    assert.equal(body.items.length, days)
    for (const period of body.items) {
      assert.equal(period.status, 'CLOSED', period.period)
      for (const line of period.currencies)
        assert.deepEqual([line.difference, line.debit_total], ['0', line.credit_total], period.period)
    }
  }
})

describe('an end of day that is killed', () => {
  let home = ''
  let spawned: SpawnedBank
  before(async () => {
    home = await makeTemporaryHome('bankflow-month-')
    spawned = new SpawnedBank({ BANKFLOW_HOME: home, PORT: '0', ...RAISED_LIMITS })
  })
  after(async () => {
    await spawned.stop()
    await rm(home, { recursive: true, force: true })
  })

  test('goes on where it stood: after eight kills on the way over a month every day is closed once and interest is as if nothing had happened', async () => {
    let api = await spawned.start()
    const [owner, teller] = [await api.newCustomer(), await api.signIn('teller')]
    const { account_id } = await api.openAccount(owner.token, { product_id: 'easy-savings' })
    await api.deposit(teller, account_id, 1_234_567)
    const { body: clock } = await api.get('/sandbox/clock')
    const from = clock.business_date as string
    const to = new Date(Date.parse(`${lastOfNextMonth(from)}T00:00:00Z`) + DAY_MS + 3_600_000)
    await api.expect(200, api.post('/sandbox/clock', { to: to.toISOString() }))
    for (let kill = 0; kill < 8; kill++) {
      await sleep(150 + 130 * kill)
      await spawned.kill()
      api = await spawned.start()
    }
    await closed(api, lastOfNextMonth(from), 60_000)

    const officer = await api.signIn('officer')
    const days = datesBetween(from, lastOfNextMonth(from))
    const { body: periods } = await api.get(`/ledger/periods?from=${days[0]}&to=${days.at(-1)}&limit=200`, {
      token: officer,
    })
    assert.deepEqual(
      periods.items.map((period: { period: string; status: string }) => `${period.period} ${period.status}`).toSorted(),
      days.map((day) => `${day} CLOSED`),
    )
    for (const period of periods.items)
      for (const line of period.currencies) assert.equal(line.difference, '0', period.period)
    const { body: entries } = await api.get(`/ledger/accounts/${account_id}/entries`, { token: officer })
    const interest = entries.items.filter((entry: { business_event: string }) => entry.business_event === 'INTEREST')
    assert.deepEqual(
      interest.map((entry: { signed_cents: number }) => entry.signed_cents).toReversed(),
      interestByMonth(1_234_567n, days),
    )
    const { body: payable } = await api.get('/ledger/accounts?gl_code=INTEREST_PAYABLE', { token: officer })
    assert.deepEqual(
      payable.items.map((line: { ledger_balance_cents: number }) => line.ledger_balance_cents),
      [0],
    )
    const { body: check } = await api.expect(202, api.post('/ledger/reconciliations', {}, { token: officer }))
    await eventually(async () => {
      const { body: runs } = await api.get('/ledger/reconciliations', { token: officer })
      const run = runs.items.find((item: { run_id: string }) => item.run_id === check.run_id)
      assert.deepEqual([run.status, run.differences], ['PASSED', []])
    })
  })
})

/** Waits until a business day is over. */
async function closed(api: Api, date: string, timeoutMs = 20_000): Promise<void> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const { body } = await api.get('/sandbox/clock')
    if (body.business_date > date && body.moving_to === null) return
    if (performance.now() > until) throw new Error(`the business date is still ${body.business_date}`)
    await sleep(20)
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 10)
}

function lastOfNextMonth(date: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 2, 0)).toISOString().slice(0, 10)
}

function datesBetween(from: string, to: string): string[] {
  const days = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) days.push(new Date(at).toISOString().slice(0, 10))
  return days
}

/** Month by month what a balance that never changes otherwise earns at 2 %: what was paid earns from the day after the month. */
function interestByMonth(balance: bigint, days: readonly string[]): number[] {
  const paid: number[] = []
  let held = balance
  for (const month of new Set(days.map((day) => day.slice(0, 7)))) {
    const sum = held * BigInt(days.filter((day) => day.startsWith(month)).length)
    const twice = 2n * sum
    const floor = sum / 18_250n
    const rest = twice - 2n * floor * 18_250n
    const cents = rest > 18_250n || (rest === 18_250n && floor % 2n === 1n) ? floor + 1n : floor
    paid.push(Number(cents))
    held += cents
  }
  return paid
}
