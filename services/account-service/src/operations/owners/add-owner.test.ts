import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, closeAccount, freezeAccount } from '#contracts/api/account.ts'
import { accountOwnerAdded } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

const teller = aStaffMember('teller')

describe('addOwner', () => {
  test('makes a joint owner who may manage the account from then on, and says so in one event', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const bert = aCustomer()
    const customer_id = bert.customer_id as string
    const added = await bank.call(
      addOwner,
      { params: { account_id }, body: { customer_id, relation: 'JOINT' } },
      teller,
    )
    assert.deepEqual([added.status, added.reply.capabilities], [201, ['view', 'debit', 'manage']])
    assert.deepEqual(await bank.published(accountOwnerAdded), [
      { account_id, customer_id, capability: 'view,debit,manage' },
    ])
    const frozen = await bank.call(freezeAccount, { params: { account_id }, body: { reason: 'lost phone' } }, bert)
    assert.equal(frozen.reply.status, 'FROZEN')
  })

  test('refuses who is on it already, half a joint owner, and closed and unknown accounts, and then adds nobody', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const add = (
      id: string,
      body: { customer_id: string; relation: 'JOINT'; capabilities?: 'view'[] },
      caller = teller,
    ) => refusalOf(bank.call(addOwner, { params: { account_id: id }, body }, caller))
    const stranger = { customer_id: newId(), relation: 'JOINT' } as const
    assert.equal(await add(account_id, { ...stranger, customer_id: owner.customer_id as string }), 'OWNER_EXISTS')
    assert.equal(await add(account_id, { ...stranger, capabilities: ['view'] }), 'VALIDATION_FAILED')
    assert.equal(await add(newId(), stranger), 'ACCOUNT_NOT_FOUND')
    assert.equal(await add(account_id, stranger, owner), 'FORBIDDEN')
    await bank.call(closeAccount, { params: { account_id } }, owner)
    assert.equal(await add(account_id, stranger), 'ACCOUNT_CLOSED')
    assert.equal((await bank.sql`select 1 from account_owners`).length, 1)
    assert.equal((await bank.published(accountOwnerAdded)).length, 0)
  })
  test('staff add neither themselves to an account nor anybody to an account they are on', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    for (const role of ['teller', 'compliance']) {
      const insider = { ...aStaffMember(role), customer_id: newId() }
      for (const relation of ['JOINT', 'DELEGATE'] as const) {
        const themselves = { customer_id: insider.customer_id.toUpperCase(), relation }
        const add = bank.call(addOwner, { params: { account_id }, body: themselves }, insider)
        assert.equal(await refusalOf(add), 'OWN_ACCOUNT', `${role} ${relation}`)
      }
      const theirs = { ...insider, customer_id: owner.customer_id }
      const friend = { customer_id: newId(), relation: 'DELEGATE' } as const
      assert.equal(
        await refusalOf(bank.call(addOwner, { params: { account_id }, body: friend }, theirs)),
        'OWN_ACCOUNT',
        role,
      )
    }
    assert.equal((await bank.sql`select 1 from account_owners`).length, 1)
    assert.equal((await bank.published(accountOwnerAdded)).length, 0)
  })
})
