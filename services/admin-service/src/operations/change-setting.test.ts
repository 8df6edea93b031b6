import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { approvalRequested, settingChanged } from '#contracts/events/admin.ts'
import { APPROVAL_ABOVE, KYC_VALIDITY_MONTHS, MAIL_SIGNATURE } from '#contracts/settings.ts'
import type { Caller } from '#libs/contract/client.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { KEY_OF_PARTNER, MAIL_PASSWORD, openAdmin, refusedWith } from '../../testing/open-admin.ts'

const months = KYC_VALIDITY_MONTHS.setting_key

describe('changeSetting', () => {
  test('gives a setting its new value at once, with a line in the history and an event that does not name the value', async (t) => {
    const bank = await openAdmin(t)
    const reply = await bank.change(months, { value: '24', version: 0 })
    assert.deepEqual([reply.value, reply.version, reply.is_default, reply.changed_by], ['24', 1, false, bank.admin.sub])
    assert.deepEqual(await bank.setting(months), reply)
    await bank.change(months, { value: '12', version: 1, reason: 'A new rule' }, bank.second)
    const rows =
      await bank.sql`select version, reason, changed_by, approved_by from system_setting_history order by version`
    assert.deepEqual(
      [...rows],
      [
        { version: 1, reason: 'The board decided so', changed_by: bank.admin.sub, approved_by: null },
        { version: 2, reason: 'A new rule', changed_by: bank.second.sub, approved_by: null },
      ],
    )
    assert.deepEqual(await bank.published(settingChanged), [
      { setting_key: months, changed_by: bank.admin.sub, version: 1 },
      { setting_key: months, changed_by: bank.second.sub, version: 2 },
    ])
  })

  test('one that needs a second person keeps its value, and waits; another change is refused meanwhile', async (t) => {
    const bank = await openAdmin(t)
    const key = APPROVAL_ABOVE.setting_key
    const reply = await bank.change(key, { value: '7000000', reason: 'Prices rose' })
    assert.deepEqual([reply.value, reply.version, reply.is_default], ['5000000', 0, true])
    const [approval] = await bank.queue({ subject_type: 'SETTING' })
    assert.equal(approval?.approval_id, reply.pending_approval_id)
    assert.equal(approval?.summary, `${key}: 5000000 → 7000000`)
    assert.deepEqual([approval?.requested_by, approval?.request_reason], [bank.admin.sub, 'Prices rose'])
    assert.deepEqual(await bank.published(approvalRequested), [
      {
        approval_id: approval?.approval_id,
        subject_type: 'SETTING',
        subject_id: key,
        requested_by: bank.admin.sub,
      },
    ])
    assert.deepEqual(await bank.published(settingChanged), [])
    await assert.rejects(bank.change(key, { value: '1' }, bank.second), refusedWith('CHANGE_PENDING'))
    assert.equal((await bank.sql`select 1 from setting_proposals`).count, 1)
  })

  test('two changes at once of the same version: one stands and the other is told, for a first change too', async (t) => {
    const bank = await openAdmin(t)
    const changeTwice = async (version: number) => {
      const both = ['24', '48'].map((value) => bank.change(months, { value, version }))
      return () => Promise.allSettled(both)
    }
    const judge = (settled: PromiseSettledResult<unknown>[]) => {
      const [lost] = settled.filter((one) => one.status === 'rejected')
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.ok(refusedWith('SETTING_CHANGED')(lost?.reason))
    }
    judge(await (await changeTwice(0))())
    const ends = await bank.owner.begin(async (tx) => {
      await tx`select 1 from system_settings for update`
      const started = await changeTwice(1)
      await eventually(async () => {
        const [waiting] = await bank.sql`
          select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        assert.equal(waiting?.count, 2, 'both wait for the row')
      })
      return started
    })
    judge(await ends())
    assert.equal((await bank.sql`select 1 from system_setting_history`).count, 2)
    assert.equal((await bank.published(settingChanged)).length, 2)
  })

  test('two proposals at once: one waits and the other is refused', async (t) => {
    const bank = await openAdmin(t)
    const both = [bank.admin, bank.second].map((who) => bank.change(APPROVAL_ABOVE.setting_key, { value: '1' }, who))
    const settled = await Promise.allSettled(both)
    const [lost] = settled.filter((one) => one.status === 'rejected')
    assert.ok(refusedWith('CHANGE_PENDING')(lost?.reason))
    assert.equal((await bank.queue()).length, 1)
  })

  test('refuses a wrong value, an unknown setting, an old version and everybody but admins, and writes nothing', async (t) => {
    const bank = await openAdmin(t)
    const refused = (key: string, value: string, code: string, caller?: Caller, version?: number) => {
      const body = version === undefined ? { value } : { value, version }
      return assert.rejects(bank.change(key, body, caller), refusedWith(code))
    }
    await refused(months, '0', 'SETTING_VALUE_WRONG')
    await refused(APPROVAL_ABOVE.setting_key, '1.5', 'SETTING_VALUE_WRONG')
    await refused(MAIL_SIGNATURE.setting_key, 'two\nlines', 'SETTING_VALUE_WRONG')
    await refused('no.such_setting', '1', 'SETTING_NOT_FOUND')
    await refused(months, '24', 'SETTING_CHANGED', bank.admin, 1)
    for (const caller of [aStaffMember('operator'), aCustomer(), aService('identity-service')])
      await refused(months, '24', 'FORBIDDEN', caller)
    assert.equal((await bank.sql`select 1 from system_settings`).count, 0)
    assert.equal((await bank.sql`select 1 from outbox`).count, 0)
  })

  test('no value stands anywhere in clear: not in tables, events or the trail, be it secret or not', async (t) => {
    const bank = await openAdmin(t)
    const planted = 'PLANTED-correct-horse'
    await bank.change(MAIL_PASSWORD.setting_key, { value: planted })
    await bank.change(MAIL_SIGNATURE.setting_key, { value: planted })
    await bank.change(KEY_OF_PARTNER.setting_key, { value: planted })
    const [approval] = await bank.queue()
    assert.equal(approval?.summary, `${KEY_OF_PARTNER.setting_key}: ••• → •••`)
    await bank.decide(approval?.approval_id ?? '', 'APPROVE', bank.second)
    const tables = await bank.owner<{ name: string }[]>`
      select quote_ident(relname) as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`
    assert.ok(tables.length > 8)
    for (const { name } of tables) {
      const hits = await bank.owner.unsafe(`select 1 from ${name} row where row::text like '%${planted}%'`)
      assert.equal(hits.length, 0, `${name} holds the value in clear`)
    }
    const [kept] = await bank.sql`select count(*)::int as versions from system_setting_history`
    assert.equal(kept?.versions, 3)
  })

  test('the trail is told what changed, and of secrets only that they did', async (t) => {
    const bank = await openAdmin(t)
    await bank.change(months, { value: '24' })
    await bank.change(MAIL_PASSWORD.setting_key, { value: 'hunter2' })
    await bank.change(KEY_OF_PARTNER.setting_key, { value: 'hunter3' })
    const approval_id = (await bank.queue())[0]?.approval_id
    const secret = { setting_key: MAIL_PASSWORD.setting_key, value: '•••' }
    const waiting = { setting_key: KEY_OF_PARTNER.setting_key, value: '•••', version: 0 }
    assert.deepEqual(await bank.changesOf('changeSetting'), [
      {
        before: { setting_key: months, value: '36', version: 0 },
        after: { setting_key: months, value: '24', version: 1 },
      },
      { before: { ...secret, version: 0 }, after: { ...secret, version: 1 } },
      { before: waiting, after: { ...waiting, proposed_value: '•••', approval_id } },
    ])
    const acts = await bank.sql`select outcome from audit_outbox where operation = 'changeSetting'`
    assert.deepEqual(
      acts.map(({ outcome }) => outcome),
      ['done', 'done', 'done'],
    )
  })

  test('the history cannot be changed or deleted by the service', async (t) => {
    const bank = await openAdmin(t)
    await bank.change(months, { value: '24' })
    await assert.rejects(bank.sql`update system_setting_history set reason = 'x'`, /permission denied/)
    await assert.rejects(bank.sql`delete from system_setting_history`, /permission denied/)
    await assert.rejects(bank.sql`update setting_proposals set setting_key = 'x'`, /permission denied/)
  })
})
