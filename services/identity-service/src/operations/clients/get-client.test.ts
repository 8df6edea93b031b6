import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getClient } from '#contracts/api/identity-clients.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { refusalOf } from '../../../testing/people.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('one third party', () => {
  test('is shown to staff who look after third parties, and to nobody else', async (t) => {
    const { bank, ...rest } = await openOauth(t)
    const shop = await aThirdParty({ bank, ...rest })
    const params = { client_id: shop.client_id }
    const { reply } = await bank.call(getClient, { params }, aStaffMember('auditor'))
    assert.deepEqual([reply.client_name, reply.fapi_profile, reply.status], ['Corner Shop', '2.0', 'ACTIVE'])
    for (const caller of [aStaffMember('support'), aCustomer()])
      assert.equal(await refusalOf(bank.call(getClient, { params }, caller)), 'FORBIDDEN')
    const unknown = { params: { client_id: 'nobody' } }
    assert.equal(await refusalOf(bank.call(getClient, unknown, aStaffMember('auditor'))), 'CLIENT_NOT_FOUND')
  })
})
