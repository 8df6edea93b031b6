import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, openIdentity, refusalOf } from '../../../testing/people.ts'

const resolve = (
  bank: ServiceTest,
  { user_ids = [], customer_ids = [] }: { user_ids?: string[]; customer_ids?: string[] },
  caller = aService('notification-service'),
) => bank.call(api.resolveUsers, { body: { user_ids, customer_ids } }, caller)

describe('resolveUsers', () => {
  test('finds people by either id, each once, and leaves out ids that nobody has', async (t) => {
    const bank = await openIdentity(t)
    const ann = await aUser(bank, 'ann@example.com')
    const bob = await aUser(bank, 'bob@example.com')
    const asked = {
      user_ids: [ann.user_id, newId()],
      customer_ids: [ann.customer_id as string, bob.customer_id as string, newId()],
    }
    const { items } = (await resolve(bank, asked)).reply
    assert.deepEqual(
      items.toSorted((a, b) => (a.email < b.email ? -1 : 1)),
      [ann, bob].map(({ user_id, customer_id, email, first_name, last_name, roles, is_active }) => ({
        ...{ user_id, customer_id, email, first_name, last_name, roles, is_active },
      })),
    )
    assert.deepEqual((await resolve(bank, {})).reply.items, [])
    assert.equal((await bank.owner`select 1 from audit_outbox where operation = 'resolveUsers'`).length, 0)
  })

  test('says the customer that a member of staff was, and that somebody was shut out', async (t) => {
    const bank = await openIdentity(t)
    const { customer_id } = await aUser(bank)
    await bank.owner`update users set roles = '{teller}', is_active = false`
    const { items } = (await resolve(bank, { customer_ids: [customer_id as string] })).reply
    assert.deepEqual(
      items.map((item) => [item.customer_id, item.roles, item.is_active]),
      [[customer_id, ['teller'], false]],
    )
  })

  test('whom the replica does not know yet is looked up where people are written', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    // A replica that lags: who reads sees nobody, who writes sees everybody.
    const [app] = await bank.sql<{ role: string }[]>`select current_user as role`
    await bank.owner`alter table users enable row level security`
    await bank.owner.unsafe(`create policy written on users to "${app?.role}" using (true) with check (true)`)
    assert.equal((await resolve(bank, { user_ids: [user_id] })).reply.items.length, 1)
  })

  test('is for services that write to people, never for people', async (t) => {
    const bank = await openIdentity(t)
    assert.equal(await refusalOf(resolve(bank, {}, aStaffMember('admin'))), 'FORBIDDEN')
    assert.equal(await refusalOf(resolve(bank, {}, aService('fraud-service'))), 'FORBIDDEN')
  })
})
