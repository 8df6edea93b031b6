import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listServices } from '#contracts/api/admin.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAdmin, refusedWith } from '../../testing/open-admin.ts'
import { aLetter, playServices } from '../../testing/upkeep.ts'

describe('listServices', () => {
  test('shows of every service with data whether it answers, what it has set aside and what is not audited yet', async (t) => {
    const bank = await openAdmin(t, { answer_within_ms: 1_000 })
    playServices(bank, {
      'ledger-service': { items: [aLetter(), aLetter()], unaudited: 7 },
      'fraud-service': 'silent',
    })
    const { items } = (await bank.call(listServices, {}, aStaffMember('auditor'))).reply
    const of = (name: string) => items.find(({ service }) => service === name)
    assert.deepEqual(of('ledger-service'), { service: 'ledger-service', is_reachable: true, dead_letters: 2, lag: 7 })
    assert.deepEqual(of('identity-service'), {
      service: 'identity-service',
      is_reachable: true,
      dead_letters: 0,
      lag: 0,
    })
    assert.deepEqual(of('fraud-service'), { service: 'fraud-service', is_reachable: false, dead_letters: 0, lag: 0 })
    assert.equal(of('api-gateway'), undefined)
    assert.ok(of('admin-service'), 'it asks itself too')
  })

  test('refuses customers and tellers', async (t) => {
    const bank = await openAdmin(t)
    for (const caller of [aCustomer(), aStaffMember('teller')])
      await assert.rejects(bank.call(listServices, {}, caller), refusedWith('FORBIDDEN'))
  })
})
