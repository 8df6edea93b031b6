import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, changeDelegateLimits, listOwners, resolveAccounts } from '#contracts/api/account.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

const teller = aStaffMember('teller')
const limits = { max_amount_cents: 10_000n, max_day_cents: 25_000n }

/** An account with an owner, a joint owner, and a delegate who may do everything that a delegate may. */
async function opened(t: Parameters<typeof openAccountBank>[0]) {
  const bank = await openAccountBank(t)
  const { account_id, owner } = await openAccount(bank)
  const [joint, dan] = [aCustomer(), aCustomer()]
  const add = (who: Caller, body: object) =>
    bank.call(
      addOwner,
      { params: { account_id }, body: { customer_id: who.customer_id ?? '', ...body } as never },
      teller,
    )
  await add(joint, { relation: 'JOINT' })
  await add(dan, { relation: 'DELEGATE', capabilities: ['view', 'debit', 'manage'] })
  const set = (who: Caller, wish: typeof limits | null, of: Caller = dan) =>
    bank.call(
      changeDelegateLimits,
      { params: { account_id, customer_id: of.customer_id ?? '' }, body: { limits: wish } },
      who,
    )
  const told = async () => {
    const body = { account_ids: [account_id], account_numbers: [] }
    const { items } = (await bank.call(resolveAccounts, { body }, aService('transaction-service'))).reply
    return items[0]?.owners.find(({ customer_id }) => customer_id === dan.customer_id)
  }
  return { bank, account_id, owner, joint, dan, add, set, told }
}

describe('changeDelegateLimits', () => {
  test('an owner sets and lifts them; payments are held to them from then on, the log and the event say so', async (t) => {
    const { bank, account_id, owner, joint, dan, set, told } = await opened(t)
    assert.equal((await told())?.limits, undefined)
    assert.equal((await told())?.is_delegate, true, 'who acts for the holders is told apart from them')
    assert.deepEqual((await set(owner, limits)).reply.limits, limits)
    assert.deepEqual((await told())?.limits, limits)
    const { items } = (await bank.call(listOwners, { params: { account_id } }, owner)).reply
    assert.deepEqual(
      items.map((one) => one.limits),
      [null, null, limits],
    )
    const more = { max_amount_cents: 0n, max_day_cents: 0n }
    assert.deepEqual((await set(joint, more)).reply.limits, more)
    assert.equal((await set(teller, null)).reply.limits, null)
    const changes = await bank.published(accountUpdated)
    assert.deepEqual(changes[0], { account_id, change_type: 'DELEGATE_LIMITS', changed_fields: ['limits'] })
    const [line] =
      await bank.sql`select details from account_log where change_type = 'DELEGATE_LIMITS' order by sequence`
    const words = { max_amount_cents: '10000', max_day_cents: '25000' }
    assert.deepEqual(line?.details, { customer_id: dan.customer_id, ...words })
  })

  test('no delegate sets any, neither his own nor those of others, whatever else he may', async (t) => {
    const { dan, add, set, owner, told } = await opened(t)
    const eve = aCustomer()
    await add(eve, { relation: 'DELEGATE', capabilities: ['view', 'debit'], limits })
    await set(owner, limits)
    assert.equal(await refusalOf(set(dan, null)), 'OWNERS_ONLY')
    assert.equal(await refusalOf(set(dan, null, eve)), 'OWNERS_ONLY')
    for (const who of [eve, aCustomer()]) assert.equal(await refusalOf(set(who, null)), 'NOT_FOUND')
    assert.equal(await refusalOf(set(aStaffMember('auditor', 'support'), null)), 'FORBIDDEN')
    assert.deepEqual((await told())?.limits, limits)
  })

  test('refuses owners, who is not on it, what is none, and what changes nothing', async (t) => {
    const { owner, joint, dan, add, set } = await opened(t)
    for (const who of [owner, joint]) assert.equal(await refusalOf(set(owner, limits, who)), 'NOT_A_DELEGATE')
    assert.equal(await refusalOf(set(owner, limits, aCustomer())), 'OWNER_NOT_FOUND')
    assert.equal(await refusalOf(set(owner, { max_amount_cents: 2n, max_day_cents: 1n })), 'LIMIT_WRONG')
    assert.equal(await refusalOf(set(owner, null)), 'NOTHING_TO_CHANGE')
    const insider = { ...teller, customer_id: dan.customer_id }
    assert.equal(await refusalOf(set(insider, null)), 'OWN_ACCOUNT')
    assert.equal(
      await refusalOf(add({ ...dan, customer_id: newId() }, { relation: 'JOINT', limits })),
      'NOT_A_DELEGATE',
    )
  })
})
