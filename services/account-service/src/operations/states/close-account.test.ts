import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, closeAccount, freezeAccount, getAccount } from '#contracts/api/account.ts'
import { accountClosed } from '#contracts/events/account.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('closeAccount', () => {
  test('closes an empty account in the ledger and on record, once, and answers the same again', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const first = await bank.call(closeAccount, { params: { account_id } }, owner)
    assert.equal(first.reply.status, 'CLOSED')
    assert.ok(first.reply.closed_at)
    assert.equal(bank.ledger.of(account_id).state, 'CLOSED')
    const again = await bank.call(closeAccount, { params: { account_id } }, owner)
    assert.deepEqual(again.reply, first.reply)
    assert.deepEqual(await bank.published(accountClosed), [{ account_id, reason: 'OWNER_REQUEST' }])
  })

  test('refuses while there is money or a hold, and the account stays open', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    for (const amounts of [{ ledger_balance_cents: 1n }, { ledger_balance_cents: 0n, held_cents: 1n }]) {
      Object.assign(bank.ledger.of(account_id), amounts)
      assert.equal(await refusalOf(bank.call(closeAccount, { params: { account_id } }, owner)), 'BALANCE_NOT_ZERO')
    }
    assert.equal((await bank.call(getAccount, { params: { account_id } }, owner)).reply.status, 'ACTIVE')
    assert.equal((await bank.sql`select 1 from state_commands`).length, 0)
    assert.equal((await bank.published(accountClosed)).length, 0)
  })

  test('a frozen account is closed by staff, not by its owner; a stranger finds none', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    await bank.call(freezeAccount, { params, body: { reason: 'under review' } }, aStaffMember('compliance'))
    assert.equal(await refusalOf(bank.call(closeAccount, { params }, owner)), 'ACCOUNT_FROZEN')
    assert.equal(await refusalOf(bank.call(closeAccount, { params }, aCustomer())), 'NOT_FOUND')
    assert.equal(bank.ledger.of(account_id).state, 'DEBIT_BLOCKED')
    assert.equal((await bank.call(closeAccount, { params }, aStaffMember('compliance'))).reply.status, 'CLOSED')
    assert.deepEqual(await bank.published(accountClosed), [{ account_id, reason: 'STAFF_DECISION' }])
  })
  test('staff neither freeze nor close an account they are on, first owner or not, and the ledger hears nothing', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const joint = aCustomer()
    const added = { customer_id: joint.customer_id as string, relation: 'JOINT' } as const
    await bank.call(addOwner, { params, body: added }, aStaffMember('teller'))
    for (const { customer_id } of [owner, joint]) {
      const insider = { ...aStaffMember('compliance'), customer_id }
      assert.equal(await refusalOf(bank.call(closeAccount, { params }, insider)), 'OWN_ACCOUNT')
      const body = { reason: 'mine' }
      assert.equal(await refusalOf(bank.call(freezeAccount, { params, body }, insider)), 'OWN_ACCOUNT')
    }
    assert.equal(bank.ledger.of(account_id).state, 'OPEN')
    assert.equal((await bank.sql`select 1 from state_commands`).length, 0)
  })
})
