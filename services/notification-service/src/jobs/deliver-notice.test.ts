import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { resolveUsers } from '#contracts/api/identity.ts'
import { accountFrozen } from '#contracts/events/account.ts'
import { notificationFailed, notificationSent } from '#contracts/events/notification.ts'
import { Fault } from '#libs/problem/problem.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { freeze, mailboxOf, type Notices, openNotices, type Person } from '../../testing/open-notices.ts'
import { openSmtpServer, type TestSmtp } from '../../testing/smtp.ts'

const FROM = 'BankFlow <no-reply@bank.example>'

/** Some people, each of whom is about to be told of his frozen account. */
async function openMany(t: TestContext, count: number, smtp?: TestSmtp): Promise<{ bank: Notices; people: Person[] }> {
  const env = smtp === undefined ? {} : { BANKFLOW_SMTP_URL: smtp.url, BANKFLOW_MAIL_FROM: FROM }
  const bank = await openNotices(t, { env })
  return { bank, people: Array.from({ length: count }, () => bank.person()) }
}

async function statusesOf(bank: Notices): Promise<Record<string, number>> {
  const rows = await bank.sql<{ status: string; count: number }[]>`
    select status, count(*)::int from deliveries group by status`
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

/** How many jobs have failed and are to be tried again. */
async function putOff(bank: Notices): Promise<number> {
  return (await bank.owner`select 1 from jobs.job_common where state <> 'completed' and output is not null`).length
}

/** How often the server took each Message-ID. */
function timesOf({ received }: TestSmtp): number[] {
  const ids = received.map(({ message }) => /^Message-ID: (.*)\r$/im.exec(message)?.[1])
  return Map.groupBy(ids, (id) => id)
    .values()
    .map((all) => all.length)
    .toArray()
    .toSorted()
}

describe('delivering notices in batches', () => {
  test('sends each once, says so in the trace of its own event, and asks identity for many at a time', async (t) => {
    const { bank, people } = await openMany(t, 40)
    for (const person of people) freeze(bank, person)
    await eventually(async () => (await statusesOf(bank)).SENT === 40)
    for (const { email } of people) assert.equal((await mailboxOf(bank, email)).length, 1)
    assert.equal((await bank.published(notificationSent)).length, 40)
    const [row] = await bank.owner`
      select count(distinct o.correlationid)::int as acts, bool_and(o.correlationid = n.correlation_id) as are_theirs
      from outbox_events o join notifications n on n.notification_id::text = o.data ->> 'notification_id'
      where o.type = ${notificationSent.type}`
    assert.deepEqual({ ...row }, { acts: 40, are_theirs: true })
    assert.ok(bank.asked.users - bank.asked.customers < 20, `${bank.asked.users} questions`)
  })

  test('one whose words cannot be read waits alone; the rest of its batch goes out at the first try', async (t) => {
    const { bank, people } = await openMany(t, 12)
    const poisoned = people[5] as Person
    await bank.owner.unsafe(`
      create function poison() returns trigger language plpgsql as $$ begin new.content_encrypted := 'broken'; return new; end $$;
      create trigger poison before insert on notifications for each row when (new.user_id = '${poisoned.user_id}') execute function poison()`)
    for (const person of people) freeze(bank, person)
    await eventually(async () => (await statusesOf(bank)).SENT === 11)
    await eventually(async () => assert.equal(await putOff(bank), 1))
    const first = await bank.owner`select 1 from jobs.job_common where state = 'completed' and retry_count = 0`
    assert.equal(first.length, 11)
    assert.deepEqual(await statusesOf(bank), { SENT: 11, PENDING: 1 })
  })

  test('of a batch by SMTP each letter meets its own end', async (t) => {
    const smtp = await openSmtpServer(t)
    smtp.answers.push('take', 'never', 'later', 'take')
    const { bank, people } = await openMany(t, 15, smtp)
    for (const person of people) freeze(bank, person)
    await eventually(async () => assert.deepEqual(await statusesOf(bank), { SENT: 14, FAILED: 1 }), 20_000)
    assert.deepEqual(timesOf(smtp), Array(14).fill(1))
    const counts = [(await bank.published(notificationSent)).length, await bank.published(notificationFailed)] as const
    assert.deepEqual([counts[0], counts[1].map(({ reason }) => reason)], [14, ['SMTP_550']])
  })

  test('an end that cannot be recorded holds up no other: that letter alone is sent once more, recognisably', async (t) => {
    const smtp = await openSmtpServer(t)
    const { bank, people } = await openMany(t, 8, smtp)
    const user_id = (people[3] as Person).user_id
    await bank.owner.unsafe(forgetting(`when (new.user_id = '${user_id}')`))
    for (const person of people) freeze(bank, person)
    await eventually(async () => (await statusesOf(bank)).SENT === 7 && (await putOff(bank)) === 1)
    await bank.owner`drop trigger forget on deliveries`
    await eventually(async () => (await statusesOf(bank)).SENT === 8, 20_000)
    assert.deepEqual(timesOf(smtp), [...Array(7).fill(1), 2])
    assert.equal((await bank.published(notificationSent)).length, 8)
  })

  test('killed after the server took some of a batch, each of those comes once more under its Message-ID', async (t) => {
    const smtp = await openSmtpServer(t)
    smtp.answers.push('take', 'take', 'take', 'later', 'later')
    const { bank, people } = await openMany(t, 8, smtp)
    await bank.owner.unsafe(forgetting(''))
    for (const person of people) freeze(bank, person)
    await eventually(async () => (await putOff(bank)) === 8)
    await bank.owner`drop trigger forget on deliveries`
    await eventually(async () => (await statusesOf(bank)).SENT === 8, 20_000)
    assert.deepEqual(timesOf(smtp), [1, 1, ...Array(6).fill(2)])
    assert.equal((await bank.published(notificationSent)).length, 8)
  })

  test('while identity is away all wait, and go out when it is back', async (t) => {
    const { bank, people } = await openMany(t, 5)
    // Whose accounts they are is known before identity goes away.
    for (const { account_id, customer_id, user_id } of people) {
      await bank.owner`insert into recipients (customer_id, user_id) values (${customer_id}, ${user_id})`
      await bank.owner`insert into known_accounts (account_id, account_number_last4) values (${account_id}, '1000')`
      await bank.owner`
        insert into account_owners (account_id, customer_id, capabilities) values (${account_id}, ${customer_id}, '{view}')`
    }
    let asked = 0
    bank.peer(resolveUsers, ({ body }) => {
      asked += 1
      if (asked === 1) throw new Fault('identity is away')
      const found = people.filter(({ user_id }) => body.user_ids.includes(user_id))
      return {
        items: found.map(({ user_id, customer_id, email, first_name }) => {
          const about = { user_id, customer_id, email, first_name, last_name: 'Planted-Surname' }
          return { ...about, roles: ['customer' as const], is_active: true }
        }),
      }
    })
    for (const { account_id, customer_id } of people)
      bank.receive(accountFrozen, { account_id, customer_id, reason_code: 'LOST_PHONE', changed_by: 'somebody' })
    await eventually(async () => (await statusesOf(bank)).SENT === 5, 20_000)
    assert.equal((await bank.owner`select 1 from mailbox`).length, 5)
    assert.ok(asked > 1)
  })
})

/** No end of a delivery can be recorded, as if the process died after sending. */
function forgetting(when: string): string {
  return `
    create function forget() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
    create trigger forget before update on deliveries for each row ${when} execute function forget()`
}
