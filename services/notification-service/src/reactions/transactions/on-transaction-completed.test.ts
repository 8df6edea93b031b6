import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { notificationSent } from '#contracts/events/notification.ts'
import { transactionCompleted } from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { listOf, mailboxOf, openNotices } from '../../../testing/open-notices.ts'
import { aCompletedTransfer } from '../../../testing/transfers.ts'

describe('transaction.completed', () => {
  test('tells who paid and who was paid, in the list and by mail, and says that it went out', async (t) => {
    const bank = await openNotices(t)
    const [payer, payee] = [bank.person(), bank.person()]
    const transfer = aCompletedTransfer({ account_id: payer.account_id, related_account_id: payee.account_id })
    bank.receive(transactionCompleted, transfer)
    const [sent] = await listOf(bank, payer)
    assert.equal(sent?.title, 'You sent 12.50 EUR')
    assert.equal(
      sent?.body,
      'You sent 12.50 EUR from the account ending 1000 to the account ending 1001. Reference TXN-2026-0000000042.',
    )
    assert.deepEqual(
      [sent?.subject_type, sent?.subject_id, sent?.is_read],
      ['transaction', transfer.transaction_id, false],
    )
    const [received] = await listOf(bank, payee)
    assert.match(received?.body ?? '', /received 12\.50 EUR on the account ending 1001 from the account ending 1000/)
    const [mail] = await mailboxOf(bank, payee.email)
    assert.equal(mail?.subject, 'You received 12.50 EUR')
    assert.match(mail?.text ?? '', /^Hello Planted-1,\n\nYou received [\s\S]*\n\nYour BankFlow team\n$/)
    await mailboxOf(bank, payer.email)
    await eventually(async () => (await bank.published(notificationSent)).length === 2)
    const events = await bank.published(notificationSent)
    assert.deepEqual(
      events.find((event) => event.user_id === payer.user_id),
      {
        notification_id: sent?.notification_id,
        user_id: payer.user_id,
        channel: 'EMAIL',
        template_id: 'transaction.sent',
      },
    )
    const [told] = await listOf(bank, payer)
    assert.deepEqual(
      told?.deliveries.map(({ channel, status, sent_at }) => [channel, status, sent_at !== null]),
      [['EMAIL', 'SENT', true]],
    )
  })

  test('tells nobody twice, when it is delivered again', async (t) => {
    const bank = await openNotices(t)
    const payer = bank.person()
    const transfer = aCompletedTransfer({ account_id: payer.account_id })
    const id = bank.receive(transactionCompleted, transfer)
    bank.receive(transactionCompleted, transfer, id)
    await listOf(bank, payer)
    // And in a batch of its own, as after a restore.
    bank.receive(transactionCompleted, transfer, id)
    bank.receive(transactionCompleted, { ...transfer, transaction_id: newId(), amount_cents: 100n })
    const list = await listOf(bank, payer, 2)
    assert.deepEqual(
      list.map(({ title }) => title),
      ['You sent 1.00 EUR', 'You sent 12.50 EUR'],
    )
    await mailboxOf(bank, payer.email, 2)
    const [counts] =
      await bank.sql`select (select count(*)::int from deliveries) as deliveries, unread_count from user_feeds`
    assert.deepEqual({ ...counts }, { deliveries: 2, unread_count: 2 })
  })

  test('tells one who moves between his own accounts once', async (t) => {
    const bank = await openNotices(t)
    const first = bank.person()
    const second = bank.person({ ...first, account_id: newId(), last4: '7777' })
    bank.receive(
      transactionCompleted,
      aCompletedTransfer({ account_id: first.account_id, related_account_id: second.account_id }),
    )
    const list = await listOf(bank, first)
    assert.deepEqual(
      list.map(({ template_id }) => template_id),
      ['transaction.moved'],
    )
    assert.match(list[0]?.body ?? '', /from your account ending 1000 to your account ending 7777/)
  })

  test('has words for cash and interest, and none for a reversal, which is told by itself', async (t) => {
    const bank = await openNotices(t)
    const owner = bank.person()
    for (const transaction_type of ['REVERSAL', 'DEPOSIT', 'WITHDRAWAL', 'INTEREST', 'FEE'] as const) {
      const about = { account_id: owner.account_id, related_account_id: null, transaction_type }
      bank.receive(transactionCompleted, aCompletedTransfer(about))
    }
    const list = await listOf(bank, owner, 4)
    assert.deepEqual(
      list.map(({ template_id }) => template_id.replace('transaction.', '')),
      ['booked', 'interest', 'withdrawn', 'deposited'],
    )
  })

  test('of long ago is listed as read and mailed to nobody', async (t) => {
    const bank = await openNotices(t)
    const owner = bank.person()
    const about = { account_id: owner.account_id, related_account_id: null, transaction_type: 'DEPOSIT' as const }
    bank.receive(
      transactionCompleted,
      aCompletedTransfer({ ...about, value_date: '2025-11-21', timestamp: '2025-11-21T10:00:00.000Z' }),
    )
    const [old] = await listOf(bank, owner)
    assert.deepEqual([old?.is_read, old?.created_at], [true, '2025-11-21T10:00:00.000Z'])
    assert.deepEqual(old?.deliveries, [{ channel: 'EMAIL', status: 'SUPPRESSED', sent_at: null }])
    const jobs = await bank.owner`select 1 from jobs.job_common`
    assert.equal(jobs.length, 0)
    const [feed] = await bank.sql`select unread_count from user_feeds`
    assert.equal(feed?.unread_count, 0)
  })

  test('asks for accounts and users once, and believes events from then on', async (t) => {
    const bank = await openNotices(t)
    const owner = bank.person()
    const about = { account_id: owner.account_id, related_account_id: null, transaction_type: 'DEPOSIT' as const }
    bank.receive(transactionCompleted, aCompletedTransfer({ ...about, timestamp: '2025-01-01T00:00:00.000Z' }))
    await listOf(bank, owner, 1)
    bank.receive(transactionCompleted, aCompletedTransfer({ ...about, timestamp: '2025-01-02T00:00:00.000Z' }))
    await listOf(bank, owner, 2)
    assert.deepEqual(bank.asked, { users: 1, customers: 1, accounts: 1 })
  })

  test('leaves names, addresses and words in no event, audit row or table in the clear', async (t) => {
    const bank = await openNotices(t)
    const owner = bank.person({ email: 'jane.planted@example.test', first_name: 'Janeplanted' })
    bank.receive(transactionCompleted, aCompletedTransfer({ account_id: owner.account_id }))
    await mailboxOf(bank, owner.email)
    const tables = ['outbox', 'audit_outbox', 'notifications', 'deliveries', 'mails', 'mailbox', 'recipients']
    for (const table of [...tables, 'jobs.job_common']) {
      const rows = await bank.owner.unsafe(`select t::text as row from ${table} t`)
      for (const { row } of rows) assert.doesNotMatch(row, /planted|You sent|12\.50/i, table)
    }
  })
})
