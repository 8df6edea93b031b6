import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listSettings } from '#contracts/api/admin.ts'
import { APPROVAL_ABOVE, KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { CATALOGUE, MAIL_PASSWORD, openAdmin, refusedWith } from '../../testing/open-admin.ts'

describe('listSettings', () => {
  test('shows every setting of the catalogue in its order, with its default until it is set', async (t) => {
    const bank = await openAdmin(t)
    const { items } = (await bank.call(listSettings, {}, aStaffMember('auditor'))).reply
    assert.deepEqual(
      items.map(({ setting_key }) => setting_key),
      CATALOGUE.map(({ setting_key }) => setting_key),
    )
    assert.deepEqual(await bank.setting(KYC_VALIDITY_MONTHS.setting_key), {
      setting_key: 'kyc.validity_months',
      setting_type: 'INTEGER',
      value: '36',
      default_value: '36',
      is_default: true,
      is_secret: false,
      needs_approval: false,
      pending_approval_id: null,
      description: KYC_VALIDITY_MONTHS.description,
      version: 0,
      changed_by: null,
      changed_at: null,
    })
  })

  test('shows what was set, what waits for a second person, and no secret', async (t) => {
    const bank = await openAdmin(t)
    await bank.change(KYC_VALIDITY_MONTHS.setting_key, { value: '24' })
    await bank.change(MAIL_PASSWORD.setting_key, { value: 'hunter2' })
    const { approval_id } = await bank.proposedThreshold()
    const months = await bank.setting(KYC_VALIDITY_MONTHS.setting_key)
    assert.deepEqual(
      [months.value, months.version, months.is_default, months.changed_by],
      ['24', 1, false, bank.admin.sub],
    )
    const secret = await bank.setting(MAIL_PASSWORD.setting_key)
    assert.deepEqual([secret.value, secret.version, secret.is_default], [null, 1, false])
    const threshold = await bank.setting(APPROVAL_ABOVE.setting_key)
    assert.deepEqual([threshold.value, threshold.pending_approval_id, threshold.version], ['5000000', approval_id, 0])
  })

  test('refuses customers, tellers and services', async (t) => {
    const bank = await openAdmin(t)
    for (const caller of [aCustomer(), aStaffMember('teller'), aService('identity-service')])
      await assert.rejects(bank.call(listSettings, {}, caller), refusedWith('FORBIDDEN'))
  })
})
