import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import type { Role } from '#contracts/enums.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, openIdentity, refusalOf } from '../../../testing/people.ts'

const list = (
  bank: ServiceTest,
  query: { limit?: number; cursor?: string; email?: string; role?: Role },
  caller = aStaffMember('support'),
) => bank.call(api.listUsers, { query }, caller)

describe('listUsers', () => {
  test('lists the newest first, page by page, each once', async (t) => {
    const bank = await openIdentity(t)
    const made: string[] = []
    for (const name of ['ann', 'bob', 'cid']) made.push((await aUser(bank, `${name}@example.com`)).user_id)
    const first = (await list(bank, { limit: 2 })).reply
    const rest = (await list(bank, { limit: 2, cursor: first.next_cursor as string })).reply
    const seen = [...first.items, ...rest.items].map((user) => user.user_id)
    assert.deepEqual(seen, made.toReversed())
    assert.equal(rest.next_cursor, null)
    assert.equal((await bank.owner`select 1 from audit_outbox where operation = 'listUsers'`).length, 2)
  })

  test('finds the one of an address in any spelling, and those with a role', async (t) => {
    const bank = await openIdentity(t)
    const ann = await aUser(bank, 'ann@example.com')
    const bob = await aUser(bank, 'bob@example.com')
    await bank.owner`update users set roles = '{support,teller}' where user_id = ${bob.user_id}`
    const found = async (query: Parameters<typeof list>[1]) =>
      (await list(bank, query)).reply.items.map((user) => user.user_id)
    assert.deepEqual(await found({ email: 'ANN@Example.com' }), [ann.user_id])
    assert.deepEqual(await found({ email: 'nobody@example.com' }), [])
    assert.deepEqual(await found({ role: 'teller' }), [bob.user_id])
    assert.deepEqual(await found({ role: 'teller', email: 'ann@example.com' }), [])
  })

  test('is for staff who look after people, and refuses a cursor that it did not give out', async (t) => {
    const bank = await openIdentity(t)
    for (const caller of [aCustomer(), aStaffMember('teller')])
      assert.equal(await refusalOf(list(bank, {}, caller)), 'FORBIDDEN')
    assert.equal(await refusalOf(list(bank, { cursor: "' or 1=1" })), 'CURSOR_WRONG')
  })
})
