import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listSettingHistory } from '#contracts/api/admin.ts'
import { APPROVAL_ABOVE, KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type Admin, MAIL_PASSWORD, openAdmin, refusedWith } from '../../testing/open-admin.ts'

const historyOf = async (bank: Admin, setting_key: string, query: { limit?: number; cursor?: string } = {}) =>
  (await bank.call(listSettingHistory, { params: { setting_key }, query }, aStaffMember('auditor'))).reply

describe('listSettingHistory', () => {
  test('shows every value that a setting has had, newest first, in pages', async (t) => {
    const bank = await openAdmin(t)
    const key = KYC_VALIDITY_MONTHS.setting_key
    for (const value of ['10', '20', '30']) await bank.change(key, { value, reason: `now ${value}` })
    const first = await historyOf(bank, key, { limit: 2 })
    assert.deepEqual(
      first.items.map(({ version, value, reason, changed_by }) => [version, value, reason, changed_by]),
      [
        [3, '30', 'now 30', bank.admin.sub],
        [2, '20', 'now 20', bank.admin.sub],
      ],
    )
    const second = await historyOf(bank, key, { limit: 2, cursor: first.next_cursor ?? '' })
    assert.deepEqual(
      second.items.map(({ version, value }) => [version, value]),
      [[1, '10']],
    )
    assert.equal(second.next_cursor, null)
  })

  test('names who approved, and shows no secret', async (t) => {
    const bank = await openAdmin(t)
    const { approval_id } = await bank.proposedThreshold()
    assert.deepEqual((await historyOf(bank, APPROVAL_ABOVE.setting_key)).items, [])
    await bank.decide(approval_id, 'APPROVE', bank.second)
    const [line] = (await historyOf(bank, APPROVAL_ABOVE.setting_key)).items
    assert.deepEqual([line?.value, line?.changed_by, line?.approved_by], ['7000000', bank.admin.sub, bank.second.sub])
    await bank.change(MAIL_PASSWORD.setting_key, { value: 'hunter2' })
    const [secret] = (await historyOf(bank, MAIL_PASSWORD.setting_key)).items
    assert.deepEqual([secret?.value, secret?.version], [null, 1])
  })

  test('refuses an unknown setting, a cursor of its own making, and who may not look', async (t) => {
    const bank = await openAdmin(t)
    await assert.rejects(historyOf(bank, 'no.such_setting'), refusedWith('SETTING_NOT_FOUND'))
    for (const cursor of ['0', '-1', 'x', '99999999999'])
      await assert.rejects(historyOf(bank, KYC_VALIDITY_MONTHS.setting_key, { cursor }), refusedWith('CURSOR_WRONG'))
    const params = { setting_key: KYC_VALIDITY_MONTHS.setting_key }
    for (const caller of [aCustomer(), aStaffMember('operator')])
      await assert.rejects(bank.call(listSettingHistory, { params }, caller), refusedWith('FORBIDDEN'))
  })
})
