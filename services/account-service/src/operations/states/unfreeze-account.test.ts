import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { freezeAccount, unfreezeAccount } from '#contracts/api/account.ts'
import { accountUnfrozen } from '#contracts/events/account.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

const body = { reason: 'card stolen' }

describe('unfreezeAccount', () => {
  test('lets staff allow debits again, in the ledger and on record, with one event', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const officer = aStaffMember('compliance')
    await bank.call(freezeAccount, { params: { account_id }, body }, owner)
    const { reply } = await bank.call(unfreezeAccount, { params: { account_id } }, officer)
    assert.deepEqual([reply.status, bank.ledger.of(account_id).state], ['ACTIVE', 'OPEN'])
    const [row] = await bank.sql`select version, frozen_reason from accounts where account_id = ${account_id}`
    assert.deepEqual(row, { version: 3, frozen_reason: null })
    await bank.call(unfreezeAccount, { params: { account_id } }, officer)
    assert.deepEqual(await bank.published(accountUnfrozen), [{ account_id, changed_by: officer.sub }])
  })

  test('is refused to the owner, also to one who works here', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    await bank.call(freezeAccount, { params: { account_id }, body }, owner)
    const unfreeze = (caller: typeof owner) => refusalOf(bank.call(unfreezeAccount, { params: { account_id } }, caller))
    assert.equal(await unfreeze(owner), 'FORBIDDEN')
    assert.equal(await unfreeze({ ...aStaffMember('support'), customer_id: owner.customer_id }), 'OWN_ACCOUNT')
    assert.equal(bank.ledger.of(account_id).state, 'DEBIT_BLOCKED')
  })
})
