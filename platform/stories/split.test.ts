import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { GATEWAY, serviceNames } from '../catalogue.ts'
import { aKey } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { listenToNotices } from '../testing/notices.ts'
import { HALVES, type SplitPart, splitBank } from '../testing/split-bank.ts'

test('every service is in one of the two processes', () => {
  assert.deepEqual(HALVES.flat().toSorted(), [...serviceNames, GATEWAY].toSorted())
})

/** One bank as two processes: what it does may not depend on who is whose neighbour. */
test('the story holds split over two processes that know each other by token', { timeout: 240_000 }, async (t) => {
  const bank = await splitBank(t, HALVES)
  const { api, sql } = bank
  const [, { process: back, port: backPort }] = bank.parts as [SplitPart, SplitPart]
  const [teller, officer, operator, auditor] = (await Promise.all(
    ['teller', 'officer', 'operator', 'auditor'].map((who) => api.signIn(who)),
  )) as [string, string, string, string]

  const { payer, source, destination } = await fundedPair({ api }, 100_000)
  const wish = { source_account_id: source, destination_account_id: destination, amount_cents: 25_000, currency: 'EUR' }
  const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
  assert.equal((await api.ended(payer, body.transaction_id)).status, 'COMPLETED')
  assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 75_000)
  const { body: entries } = await api.expect(200, api.get(`/ledger/accounts/${source}/entries`, { token: payer }))
  assert.equal(entries.items.length, 2)
  const stranger = await api.newStranger()
  assert.equal((await api.get(`/ledger/accounts/${source}/entries`, { token: stranger.token })).status, 404)
  const { body: trial } = await api.get('/ledger/reports/trial-balance', { token: officer })
  assert.ok(trial.currencies.every((currency: { is_balanced: boolean }) => currency.is_balanced))

  await t.test(
    'a customer is known in one process, his account opens in the other, and an officer decides from the queue',
    async () => {
      const headers = { 'x-correlation-id': newId() }
      await api.makeProfile(stranger)
      const { account_id } = await api.firstAccount(stranger, 'PENDING')
      await api.submitKyc(stranger)
      const approval = await eventually(async () => {
        const { body: queue } = await api.expect(200, api.get('/admin/approvals', { token: officer }))
        return queue.items.find((one: { subject_id: string }) => one.subject_id === stranger.customer_id) ?? false
      })
      const decision = { decision: 'APPROVE', reason: 'Passport seen', risk_category: 'LOW' }
      const at = `/admin/approvals/${approval.approval_id}/decision`
      await api.expect(200, api.post(at, decision, { token: officer, headers }))
      assert.equal((await api.firstAccount(stranger, 'ACTIVE')).account_id, account_id)

      const acts = await eventually(async () => {
        const path = `/audit?correlation_id=${headers['x-correlation-id']}`
        const { body: found } = await api.expect(200, api.get(path, { token: auditor }))
        return found.items.length >= 3 && found.items
      }, 20_000)
      assert.deepEqual(
        acts.map((act: { service: string; operation: string }) => `${act.service} ${act.operation}`).toSorted(),
        ['admin-service decideApproval', 'customer-service decideKyc', 'ledger-service setLedgerAccountState'],
      )
      const { body: verdict } = await api.expect(200, api.get('/audit/verify', { token: auditor }))
      assert.deepEqual([verdict.is_intact, verdict.broken], [true, null])
    },
  )

  await t.test('a notice is heard live through the gateway, from the process that it cannot see into', async () => {
    const { account_id } = await api.firstAccount(stranger, 'ACTIVE')
    const line = await listenToNotices(api.url, stranger.token)
    await api.deposit(teller, account_id, 4_200)
    const [movement] = (await api.get(`/accounts/${account_id}/transactions`, { token: stranger.token })).body.items
    await eventually(() => line.heard.some(({ data }) => data.subject_id === movement.transaction_id), 20_000)
    line.stop()
  })

  await t.test('what the other process could not handle is listed and run again by staff here', async () => {
    const told = sql('notification-service')
    await told`alter table notifications add constraint nobody_is_told check (false) not valid`
    const { account_id } = await api.firstAccount(stranger, 'ACTIVE')
    await api.deposit(teller, account_id, 1_300)
    const { body: movements } = await api.get(`/accounts/${account_id}/transactions`, { token: stranger.token })
    const letters = await eventually(async () => {
      const { body: parked } = await api.expect(200, api.get('/admin/dead-letters', { token: operator }))
      assert.deepEqual(parked.unreachable, [])
      return parked.items.length > 0 && parked.items
    }, 60_000)
    await told`alter table notifications drop constraint nobody_is_told`
    for (const { service, dead_letter_id, error } of letters) {
      assert.equal(service, 'notification-service')
      assert.match(error, /nobody_is_told/)
      const at = `/admin/dead-letters/${dead_letter_id}/replay`
      const { body: replayed } = await api.expect(200, api.post(at, { service }, { token: operator }))
      assert.deepEqual([replayed.is_resolved, replayed.error], [true, null])
    }
    await eventually(async () => {
      const { body: list } = await api.get('/notifications', { token: stranger.token })
      return list.items.some((one: { subject_id: string }) => one.subject_id === movements.items[0].transaction_id)
    }, 20_000)
  })

  await t.test(
    'the gateway never routes what is between services, and services take no token but their own',
    async () => {
      assert.equal((await fetch(`${api.url}/internal/events?after=0`)).status, 404)
      assert.equal((await fetch(`${api.url}/internal/batch/postTransaction`, { method: 'POST' })).status, 404)
      const direct = await fetch(`http://127.0.0.1:${backPort}/internal/batch/postTransaction`, {
        method: 'POST',
        headers: { authorization: `Bearer ${payer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ members: [] }),
      })
      assert.equal(direct.status, 401)
      for (const path of ['/internal/events?after=0', '/internal/customer-service/dead-letters'])
        assert.equal((await fetch(`http://127.0.0.1:${backPort}${path}`)).status, 401, path)
      const besideTheGateway = { authorization: `Bearer ${payer}`, 'x-forwarded-for': '203.0.113.7' }
      for (const path of [`/api/v1/ledger/accounts/${source}/entries`, '/sandbox/clock']) {
        const { status } = await fetch(`http://127.0.0.1:${backPort}${path}`, { headers: besideTheGateway })
        assert.equal(status, 401, path)
        assert.equal((await fetch(api.url + path, { headers: besideTheGateway })).status, 200, path)
      }
    },
  )

  await t.test(
    'while the other process is away a transfer waits, and ends, is told and audited when it is back',
    async () => {
      await back.kill()
      const headers = { 'x-correlation-id': newId() }
      const { body: waiting } = await api.expect(
        202,
        api.post('/transactions/transfer', { ...wish, amount_cents: 100 }, { token: payer, key: aKey(), headers }),
      )
      assert.equal((await api.balance(payer, source)).status, 503)
      const { body: away } = await api.expect(200, api.get('/admin/dead-letters', { token: operator }))
      assert.deepEqual(away.unreachable.toSorted(), HALVES[1]?.toSorted())
      await back.start()
      assert.equal((await api.ended(payer, waiting.transaction_id, 30_000)).status, 'COMPLETED')
      assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 74_900)
      await eventually(async () => {
        const { body: list } = await api.get('/notifications', { token: payer })
        return list.items?.some((one: { subject_id: string }) => one.subject_id === waiting.transaction_id)
      }, 30_000)
      await eventually(async () => {
        const path = `/audit?correlation_id=${headers['x-correlation-id']}&operation=transferMoney`
        return (await api.get(path, { token: auditor })).body.items?.length === 1
      }, 30_000)
    },
  )
})
