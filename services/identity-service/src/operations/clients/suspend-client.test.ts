import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getClient, listClients, suspendClient } from '#contracts/api/identity-clients.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { askToken, tokensOf } from '../../../testing/oauth-flows.ts'
import { refusalOf } from '../../../testing/people.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('a third party', () => {
  test('is ended by staff at once: a suspended third party authenticates no more, and its consents are over', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const other = await aThirdParty(bank)
    const { refresh_token = '' } = await tokensOf(bank, shop)
    const kept = await tokensOf(bank, other)
    const staff = aStaffMember('compliance')
    const suspension = { params: { client_id: shop.client_id }, body: { reason: 'Lost its licence' } }
    const { reply } = await bank.bank.call(suspendClient, suspension, staff)
    assert.deepEqual(reply, { client_id: shop.client_id, status: 'SUSPENDED', consents_ended: 1 })
    assert.equal(await refusalOf(bank.bank.call(suspendClient, suspension, staff)), 'CLIENT_SUSPENDED')
    const form = { grant_type: 'refresh_token', refresh_token }
    assert.deepEqual((await askToken(bank, shop, form)).body.error, 'invalid_client')
    assert.equal((await askToken(bank, other, { ...form, refresh_token: kept.refresh_token as string })).status, 200)
    const { items } = (await bank.bank.call(listClients, { query: { limit: 1 } }, staff)).reply
    assert.deepEqual(
      items.map((item) => item.client_id),
      [other.client_id],
    )
    const next = (await bank.bank.call(listClients, { query: { limit: 1, cursor: other.client_id } }, staff)).reply
    assert.deepEqual(
      next.items.map((item) => [item.client_id, item.status]),
      [[shop.client_id, 'SUSPENDED']],
    )
    const one = (await bank.bank.call(getClient, { params: { client_id: shop.client_id } }, staff)).reply
    assert.deepEqual([one.suspended_reason, one.organisation_id], ['Lost its licence', 'PSDDE-BAFIN-123456'])
    assert.equal(
      await refusalOf(bank.bank.call(getClient, { params: { client_id: 'none' } }, staff)),
      'CLIENT_NOT_FOUND',
    )
    assert.equal(await refusalOf(bank.bank.call(listClients, {}, aStaffMember('support'))), 'FORBIDDEN')
  })
})
