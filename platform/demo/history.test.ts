import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { getAccountBalance } from '#contracts/api/account.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { aKey } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { actorsOf } from './acting.ts'
import { beginDemo } from './begin.ts'
import { castOf } from './cast.ts'
import { DEMO_SEED, demoPeople } from './people.ts'
import { balancesAfter } from './testing/balances-after.ts'
import { daysOf } from './year.ts'

/** Long enough to have the end of a month in it, whenever it is run. */
const DAYS = 33

describe('the history of the demo bank', () => {
  let bank: TestBank
  let home = ''

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'bankflow-demo-'))
    bank = await openBank()
  })
  after(async () => {
    await bank.close()
    await rm(home, { recursive: true, force: true })
  })

  test('is lived by the operations, goes on where it was stopped, and ends today with what its acts come to', async () => {
    const first = await beginDemo(bank.bank, home, () => {}, DAYS)
    assert.ok(first)
    const bornOn = first.progress().business_date
    await peopleMayNotMoveMoney()
    await eventually(() => assert.ok(first.progress().percent >= 30), 60_000)
    await first.stop()
    assert.equal(first.progress().isDone, false)

    const second = await beginDemo(bank.bank, home, () => {}, DAYS)
    assert.ok(second, 'it is not at its end')
    await second.done
    assert.deepEqual([second.progress().isDone, second.progress().percent], [true, 100])
    const { body: clock } = await bank.api.get('/sandbox/clock')
    assert.deepEqual([clock.offset_ms, clock.moving_to], [0, null], 'the clocks are one')
    assert.equal(await beginDemo(bank.bank, home, () => {}, DAYS), undefined, 'it is made once')

    const people = demoPeople()
    const lived = [...daysOf(people, DEMO_SEED, bornOn, DAYS)]
    const actors = actorsOf(bank.bank)
    const cast = await castOf(actors, people)
    let compared = 0
    for (const [purse, cents] of balancesAfter(lived)) {
      const [number, kind] = purse.split(' ') as [string, 'main' | 'savings']
      if (kind !== 'main') continue
      const account = await cast.accountOf(Number(number), 'main')
      const params = { account_id: account?.account_id as string }
      const { ledger_balance_cents } = await actors.as(cast.callerOf(Number(number)), getAccountBalance, { params })
      assert.equal(Number(ledger_balance_cents), cents, purse)
      compared += 1
    }
    assert.ok(compared >= 10)
    await closedEachDay(bornOn)
  })

  async function peopleMayNotMoveMoney(): Promise<void> {
    const teller = await bank.api.signIn('teller')
    const body = { account_id: '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b', amount_cents: 1, currency: 'EUR' }
    const refused = await bank.api.post('/transactions/deposit', body, { token: teller, key: aKey() })
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.outcome],
      [503, 'HISTORY_LOADING', 'nothing_moved'],
    )
    assert.ok(refused.headers.get('retry-after'))
  }

  async function closedEachDay(bornOn: string): Promise<void> {
    const token = await bank.api.signIn('auditor')
    const { body } = await bank.api.get(`/ledger/periods?from=${bornOn}&limit=200`, { token })
    const closed = body.items.filter((period: { status: string }) => period.status === 'CLOSED')
    assert.equal(closed.length, DAYS)
    for (const period of closed) for (const line of period.currencies) assert.equal(line.difference, '0', period.period)
    await eventually(async () => {
      const { body: runs } = await bank.api.get('/ledger/reconciliations?limit=200', { token })
      return runs.items.every((run: { status: string }) => run.status === 'PASSED')
    })
  }
})
