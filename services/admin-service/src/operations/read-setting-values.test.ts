import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSettingValues } from '#contracts/api/admin.ts'
import { APPROVAL_ABOVE, KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import { aCustomer, aService } from '#libs/testing/callers.ts'
import { MAIL_PASSWORD, openAdmin, refusedWith } from '../../testing/open-admin.ts'

describe('readSettingValues', () => {
  test('tells services present values, secrets included, and defaults with version 0; unknown keys are left out', async (t) => {
    const bank = await openAdmin(t)
    await bank.change(MAIL_PASSWORD.setting_key, { value: 'hunter2' })
    await bank.proposedThreshold()
    const keys = [KYC_VALIDITY_MONTHS, MAIL_PASSWORD, APPROVAL_ABOVE].map(({ setting_key }) => setting_key)
    const setting_keys = [...keys, 'no.such_setting', ...keys]
    const { items } = (await bank.call(readSettingValues, { body: { setting_keys } }, aService('identity-service')))
      .reply
    assert.deepEqual(items, [
      { setting_key: 'kyc.validity_months', value: '36', version: 0 },
      { setting_key: MAIL_PASSWORD.setting_key, value: 'hunter2', version: 1 },
      { setting_key: 'transfers.approval_above', value: '5000000', version: 0 },
    ])
  })

  test('refuses people, admins included', async (t) => {
    const bank = await openAdmin(t)
    const body = { setting_keys: [MAIL_PASSWORD.setting_key] }
    for (const caller of [bank.admin, aCustomer(), aService('unknown-service')])
      await assert.rejects(bank.call(readSettingValues, { body }, caller), refusedWith('FORBIDDEN'))
  })
})
