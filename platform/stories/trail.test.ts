import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { upkeepOf } from '#contracts/api/upkeep.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import type { Api } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

/** What staff do and what they are denied, as an auditor sees it: by the bank's own doors. */
describe('the trail of the bank', () => {
  let bank: TestBank
  let api: Api

  before(async () => {
    bank = await openBank()
    api = bank.api
  })
  after(() => bank.close())

  test('an auditor finds an act, a denial and his own look by correlation id, and takes a chain that fits with him', async () => {
    const [officer, teller, auditor] = await Promise.all([
      api.signIn('officer'),
      api.signIn('teller'),
      api.signIn('auditor'),
    ])
    const headers = { 'x-correlation-id': newId() }
    const rule = {
      measure: 'AMOUNT',
      window_s: 0,
      threshold: 5_000_000,
      decision: 'REVIEW',
      score: 500,
      is_active: true,
      description: 'More than 50,000.00',
    }
    const path = '/fraud/rules/story-rule'
    await api.expect(200, api.send('PUT', path, rule, { token: officer, headers }))
    await api.expect(403, api.send('PUT', path, rule, { token: teller, headers }))
    const query = `correlation_id=${headers['x-correlation-id']}`
    const acts = await eventually(async () => {
      const { body } = await api.expect(200, api.get(`/audit?${query}`, { token: auditor }))
      return body.items.length === 2 && body.items
    })
    assert.deepEqual(
      acts.map((act: Record<string, string>) => [act.service, act.operation, act.entity_id, act.outcome]),
      [
        ['fraud-service', 'changeFraudRule', 'story-rule', 'DENIED_403'],
        ['fraud-service', 'changeFraudRule', 'story-rule', 'done'],
      ],
    )
    assert.ok(acts.every((act: Record<string, string | null>) => act.user_id && act.session_id && act.ip_hash))
    await api.expect(200, api.get(`/audit/${acts[0].audit_id}`, { token: auditor }))
    await eventually(async () => {
      const { body } = await api.get(`/audit?operation=getAuditedAct&entity_id=${acts[0].audit_id}`, { token: auditor })
      return body.items.length === 1 && body.items[0].outcome === 'read'
    })
    const file = await fetch(`${bank.url}/api/v1/audit/export?format=csv&${query}`, {
      headers: { authorization: `Bearer ${auditor}` },
    })
    assert.match(file.headers.get('content-type') ?? '', /^text\/csv/)
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="audit-[\d-]+\.csv"$/)
    assert.equal((await file.text()).trim().split('\r\n').length, 3)
    const { body: verdict } = await api.expect(200, api.get('/audit/verify', { token: auditor }))
    assert.deepEqual([verdict.is_intact, verdict.broken], [true, null])
    assert.equal((await api.get('/audit', { token: teller })).status, 403)
    assert.equal((await api.post('/internal/audit/acts', { acts: [] }, { token: auditor })).status, 404)
  })

  test('nothing that was done stays out of it for long, in any service', async () => {
    const { bank: own } = bank
    for (const name of own.runtimes.keys()) {
      const { listDeadLetters } = upkeepOf(name)
      await eventually(async () => {
        const { client } = own.openingOf('admin-service')
        const { items, unaudited } = await client.call(listDeadLetters, {})
        return items.length === 0 && unaudited === 0
      })
    }
  })
})
