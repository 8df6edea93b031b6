import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSettingValues } from '#contracts/api/admin.ts'
import { settingChanged } from '#contracts/events/admin.ts'
import { MAIL_SIGNATURE } from '#contracts/settings.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { freeze, mailboxOf, openNotices } from '../../../testing/open-notices.ts'

describe('setting.changed', () => {
  test('the bank signs its mails as staff says from then on', async (t) => {
    const bank = await openNotices(t)
    const { setting_key } = MAIL_SIGNATURE
    bank.peer(readSettingValues, () => ({ items: [{ setting_key, value: 'The bank by the river', version: 7 }] }))
    bank.receive(settingChanged, { setting_key, changed_by: 'somebody', version: 7 })
    await eventually(async () => {
      const rows = await bank.sql`select 1 from followed_settings where version = 7`
      assert.equal(rows.length, 1)
    })
    const ann = bank.person()
    freeze(bank, ann)
    const [mail] = await mailboxOf(bank, ann.email)
    assert.match(mail?.text ?? '', /\n\nThe bank by the river\n$/)
  })
})
