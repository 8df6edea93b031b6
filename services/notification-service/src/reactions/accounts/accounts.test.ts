import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as events from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { freeze, listOf, openNotices } from '../../../testing/open-notices.ts'

const facts = {
  account_number_last4: '4242',
  account_type: 'CHECKING',
  currency: 'EUR',
  branch_id: 'main',
  status: 'ACTIVE',
} as const

describe('events of accounts', () => {
  test('tell the owner of each, with the end of its number, and ask account-service nothing that it told', async (t) => {
    const bank = await openNotices(t)
    const { customer_id, user_id, caller } = bank.person()
    const account_id = newId()
    bank.receive(events.accountCreated, { ...facts, account_id, customer_id, status: 'PENDING' })
    bank.receive(events.accountActivated, { account_id, customer_id })
    bank.receive(events.accountFrozen, { account_id, customer_id, reason_code: 'LOST_PHONE', changed_by: user_id })
    bank.receive(events.accountUnfrozen, { account_id, changed_by: 'staff' })
    const [as_of, statement_id] = ['2026-11-21T00:00:00.000Z', newId()]
    const balance = { available_balance_cents: -150_099n, threshold_cents: 10_000n, currency: 'EUR', as_of }
    bank.receive(events.accountBalanceLow, { account_id, ...balance })
    bank.receive(events.accountStatementReady, { account_id, statement_id, from: '2026-10-01', to: '2026-10-31' })
    bank.receive(events.accountClosed, { account_id, reason: 'MOVED' })
    const list = await listOf(bank, { caller }, 7)
    assert.deepEqual(
      list.map(({ template_id }) => template_id.replace('account.', '')),
      ['closed', 'statement-ready', 'balance-low', 'unfrozen', 'frozen', 'activated', 'pending'],
    )
    for (const { body, subject_type, subject_id } of list) {
      assert.match(body, /4242/)
      assert.deepEqual([subject_type, subject_id], ['account', account_id])
    }
    assert.match(list[2]?.body ?? '', /^-1,500\.99 EUR are left on .* less than the 100\.00 EUR/)
    assert.equal(bank.asked.accounts, 0)
  })

  test('tell whoever may look at an account, from the moment he may until he no longer may', async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    const about = { account_id: ann.account_id, customer_id: bob.customer_id }
    bank.receive(events.accountCreated, { ...facts, account_id: ann.account_id, customer_id: ann.customer_id })
    bank.receive(events.accountOwnerAdded, { ...about, capability: 'view,debit' })
    freeze(bank, ann)
    const told = await listOf(bank, bob, 2)
    assert.deepEqual(
      told.map(({ template_id }) => template_id),
      ['account.frozen', 'account.owner-added'],
    )
    bank.receive(events.accountOwnerRemoved, about)
    freeze(bank, ann)
    const whose = await listOf(bank, ann, 4)
    assert.deepEqual(
      whose.map(({ template_id }) => template_id),
      ['account.frozen', 'account.frozen', 'account.owner-joined', 'account.opened'],
      'staff let people in, so the owner hears of it',
    )
    assert.deepEqual(
      (await listOf(bank, bob, 3)).map(({ template_id }) => template_id),
      ['account.owner-removed', 'account.frozen', 'account.owner-added'],
    )
  })

  test('of a bank that lives in the past are listed as read, and mailed to nobody', async (t) => {
    const bank = await openNotices(t, {}, { bankOffsetDays: -365 })
    const { customer_id, caller } = bank.person()
    bank.receive(events.accountCreated, { ...facts, account_id: newId(), customer_id })
    const [told] = await listOf(bank, { caller })
    assert.equal(told?.is_read, true)
    assert.ok(Date.now() - Date.parse(told?.created_at ?? '') > 364 * 86_400_000)
    assert.deepEqual(
      told?.deliveries.map(({ status }) => status),
      ['SUPPRESSED'],
    )
  })

  test('an account that is known by an event keeps the owners of the event, whatever was asked before', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    await listOf(bank, ann)
    bank.receive(events.accountOwnerRemoved, { account_id: ann.account_id, customer_id: ann.customer_id })
    freeze(bank, ann)
    await eventually(async () => (await bank.sql`select 1 from account_owners`).length === 0)
    assert.deepEqual(
      (await listOf(bank, ann, 2)).map(({ template_id }) => template_id),
      ['account.owner-removed', 'account.frozen'],
    )
    assert.equal(bank.asked.accounts, 1)
  })
})
