import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSettingValues } from '#contracts/api/admin.ts'
import * as api from '#contracts/api/transaction.ts'
import { settingChanged } from '#contracts/events/admin.ts'
import * as events from '#contracts/events/transaction.ts'
import { APPROVAL_ABOVE } from '#contracts/settings.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openBank, twoCustomers } from '../../testing/open-bank.ts'
import { refusedWith } from '../../testing/refused-with.ts'

const { setting_key } = APPROVAL_ABOVE

describe('the amount above which a transfer waits for a second person', () => {
  test('holds from the change on, for transfers that the fraud check allows, until it is switched off', async (t) => {
    const bank = await openBank(t)
    const present: { value: string; version: number } = { value: APPROVAL_ABOVE.default_value, version: 1 }
    bank.peer(readSettingValues, () => ({ items: [{ setting_key, ...present }] }))
    const { ann, from, to } = twoCustomers(bank)
    const allowed = async (amount_cents: bigint) => {
      const wish = { source_account_id: from, destination_account_id: to, amount_cents }
      const { reply } = await bank.transfer(ann, wish)
      await bank.reachesStage(reply.transaction_id, 'RESERVED')
      bank.judge(reply, 'ALLOW')
      return reply.transaction_id
    }
    await bank.reaches(await allowed(250n), 'COMPLETED')
    const change = async (value: string, version: number) => {
      Object.assign(present, { value, version })
      bank.receive(settingChanged, { setting_key, changed_by: 'somebody', version })
      await eventually(
        async () => (await bank.sql`select 1 from followed_settings where version = ${version}`).count === 1,
      )
    }
    await change('249', 2)
    await bank.reaches(await allowed(249n), 'COMPLETED')
    const waiting = await bank.reaches(await allowed(250n), 'AWAITING_APPROVAL')
    assert.equal(waiting.requires_approval, true)
    const [required] = await bank.published(events.transactionApprovalRequired)
    assert.equal(required?.rule, setting_key)
    await change('0', 3)
    await bank.reaches(await allowed(250n), 'COMPLETED')
    // admin-service decides for an operator; that it is not the one who began it, is decided here.
    const input = { params: { transaction_id: waiting.transaction_id }, body: { reason: 'known payee' } }
    const acting = (sub: string | null) => aService('admin-service', { ...aStaffMember('operator'), sub })
    for (const own of [acting(ann.sub), acting(null), { ...acting('x'), customer_id: ann.customer_id }])
      await assert.rejects(bank.call(api.approveTransaction, input, own), refusedWith('OWN_TRANSACTION'))
    const strange = aService('fraud-service', bank.operator)
    await assert.rejects(bank.call(api.approveTransaction, input, strange), refusedWith('FORBIDDEN'))
    await bank.call(api.approveTransaction, input, acting('an-operator'))
    const approved = await bank.reaches(waiting.transaction_id, 'COMPLETED')
    assert.equal(approved.approved_by, 'an-operator')
  })
})
