import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listAdminDeadLetters } from '#contracts/api/admin.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openAdmin, refusedWith } from '../../testing/open-admin.ts'
import { aLetter, playServices } from '../../testing/upkeep.ts'

describe('listAdminDeadLetters', () => {
  test('shows what every service has set aside, oldest first, and names those that cannot be asked', async (t) => {
    const bank = await openAdmin(t, { answer_within_ms: 1_000 })
    const old = aLetter({ parked_at: '2026-01-01T00:00:00.000Z' })
    const young = aLetter({ parked_at: '2026-01-02T00:00:00.000Z' })
    playServices(bank, {
      'ledger-service': { items: [young], unaudited: 0 },
      'account-service': { items: [old], unaudited: 3 },
      'fraud-service': 'silent',
      'audit-service': 'broken',
    })
    const { reply } = await bank.call(listAdminDeadLetters, {}, bank.operator)
    assert.deepEqual(reply.items, [
      { service: 'account-service', ...old },
      { service: 'ledger-service', ...young },
    ])
    assert.deepEqual(reply.unreachable.toSorted(), ['audit-service', 'fraud-service'])
  })

  test('asks one service alone, and refuses a name that no service has', async (t) => {
    const bank = await openAdmin(t)
    const asked = playServices(bank, { 'ledger-service': { items: [aLetter()], unaudited: 0 } })
    const { reply } = await bank.call(listAdminDeadLetters, { query: { service: 'ledger-service' } }, bank.admin)
    assert.equal(reply.items.length, 1)
    assert.deepEqual(asked, ['ledger-service'])
    const unknown = bank.call(listAdminDeadLetters, { query: { service: 'no-service' } }, bank.admin)
    await assert.rejects(unknown, refusedWith('SERVICE_NOT_FOUND'))
  })

  test('refuses customers, other staff and services', async (t) => {
    const bank = await openAdmin(t)
    for (const caller of [aCustomer(), aStaffMember('compliance'), aService('ledger-service')])
      await assert.rejects(bank.call(listAdminDeadLetters, {}, caller), refusedWith('FORBIDDEN'))
  })
})
