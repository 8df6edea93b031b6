import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, closeAccount, freezeAccount, getAccount, unfreezeAccount } from '#contracts/api/account.ts'
import { accountFrozen } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

const body = { reason: 'card stolen' }

describe('freezeAccount', () => {
  test("blocks debits in the ledger, then records it with one event that carries no words of people's", async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const { reply } = await bank.call(freezeAccount, { params: { account_id }, body }, owner)
    assert.equal(reply.status, 'FROZEN')
    assert.equal(bank.ledger.of(account_id).state, 'DEBIT_BLOCKED')
    const [row] = await bank.sql`select version, frozen_reason from accounts where account_id = ${account_id}`
    assert.deepEqual(row, { version: 2, frozen_reason: 'card stolen' })
    assert.deepEqual(await bank.published(accountFrozen), [
      { account_id, customer_id: owner.customer_id, reason_code: 'OWNER_REQUEST', changed_by: owner.sub },
    ])
    assert.equal((await bank.sql`select 1 from state_commands`).length, 0)
  })

  test('freezing a frozen account changes nothing and answers the same', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const first = await bank.call(freezeAccount, { params: { account_id }, body }, owner)
    const again = await bank.call(
      freezeAccount,
      { params: { account_id }, body: { reason: 'other' } },
      aStaffMember('support'),
    )
    assert.deepEqual(again.reply, first.reply)
    const [row] = await bank.sql`select version, frozen_reason from accounts where account_id = ${account_id}`
    assert.deepEqual(row, { version: 2, frozen_reason: 'card stolen' })
    assert.equal((await bank.published(accountFrozen)).length, 1)
  })

  test('ten at once freeze it once, and all are told so', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => bank.call(freezeAccount, { params: { account_id }, body }, owner)),
    )
    assert.deepEqual([...new Set(answers.map(({ reply }) => reply.status))], ['FROZEN'])
    assert.equal((await bank.published(accountFrozen)).length, 1)
    assert.equal((await bank.sql`select 1 from state_commands`).length, 0)
  })

  test('while a closing is under way it is refused, and the ledger hears nothing of it', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    let during = ''
    bank.ledger.beforeState = async (state) => {
      if (state === 'CLOSED')
        during = await refusalOf(bank.call(freezeAccount, { params: { account_id }, body }, owner))
    }
    const { reply } = await bank.call(closeAccount, { params: { account_id } }, owner)
    assert.deepEqual([reply.status, during, bank.ledger.of(account_id).state], ['CLOSED', 'ACCOUNT_CHANGED', 'CLOSED'])
    assert.equal((await bank.published(accountFrozen)).length, 0)
  })

  test('freezes and unfreezes at the same time leave account and ledger of one mind', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const officer = aStaffMember('compliance')
    for (let round = 0; round < 5; round++) {
      const settled = await Promise.allSettled([
        bank.call(freezeAccount, { params, body }, owner),
        bank.call(unfreezeAccount, { params }, officer),
        bank.call(freezeAccount, { params, body }, officer),
        bank.call(unfreezeAccount, { params }, officer),
      ])
      for (const one of settled)
        if (one.status === 'rejected') assert.equal(await refusalOf(Promise.reject(one.reason)), 'ACCOUNT_CHANGED')
      const { status } = (await bank.call(getAccount, { params }, owner)).reply
      assert.equal(bank.ledger.of(account_id).state, status === 'FROZEN' ? 'DEBIT_BLOCKED' : 'OPEN')
    }
  })

  test('is refused to strangers, to delegates who may not manage, and on closed and unknown accounts', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const delegate = aCustomer()
    const added = { customer_id: delegate.customer_id as string, relation: 'DELEGATE' as const }
    await bank.call(addOwner, { params: { account_id }, body: added }, aStaffMember('teller'))
    const freeze = (id: string, caller: typeof owner) =>
      refusalOf(bank.call(freezeAccount, { params: { account_id: id }, body }, caller))
    assert.equal(await freeze(account_id, aCustomer()), 'NOT_FOUND')
    assert.equal(await freeze(account_id, delegate), 'NOT_FOUND')
    assert.equal(await freeze(newId(), aStaffMember('support')), 'ACCOUNT_NOT_FOUND')
    assert.equal(bank.ledger.of(account_id).state, 'OPEN')
    await bank.call(closeAccount, { params: { account_id } }, owner)
    assert.equal(await freeze(account_id, owner), 'ACCOUNT_CLOSED')
  })
})
