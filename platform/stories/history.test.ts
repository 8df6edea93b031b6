import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '#libs/testing/service-test.ts'
import { bearBank } from '#services/ledger-service/src/seed.ts'
import { aKey } from '../testing/api.ts'
import { openBank } from '../testing/open-bank.ts'

test('a bank that lives through its history answers and is ready, says how far it is, and moves no money for people until it has reached today', async (t) => {
  const bank = await openBank()
  t.after(() => bank.close())
  const token = await bank.api.signIn('teller')
  const deposit = () =>
    bank.api.post(
      '/transactions/deposit',
      { account_id: 'x', amount_cents: 1, currency: 'EUR' },
      { token, key: aKey() },
    )
  await bearBank(bank.bank.openingOf('ledger-service'), { daysAgo: 2 })
  const date = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)
  const refused = await deposit()
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body.outcome, refused.body.business_date],
    [503, 'HISTORY_LOADING', 'nothing_moved', date],
  )
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  const ready = await bank.api.get('/ready')
  const part = ready.body.parts.find((one: { name: string }) => one.name === 'history')
  assert.deepEqual([ready.status, part.isReady], [200, true])
  assert.match(part.detail, new RegExp(date))
  await bank.api.expect(200, bank.api.post('/sandbox/clock', { to: new Date().toISOString() }))
  await eventually(async () => assert.equal((await deposit()).body.code, 'VALIDATION_FAILED'))
})
