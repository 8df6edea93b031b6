import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accountLimitsProposed } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { ada, ben, decide, propose } from '../../../testing/limit-proposals.ts'

describe('proposeAccountLimits', () => {
  test('asks for a second officer, once at a time, and changes nothing', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const made = await propose(bank, account_id, { daily_limit_cents: null })
    assert.deepEqual([made.status, made.changes, made.currency], ['PENDING', ['daily_limit_cents'], 'EUR'])
    assert.deepEqual(await bank.published(accountLimitsProposed), [
      { proposal_id: made.proposal_id, account_id, proposed_by: ada.sub },
    ])
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 1_000_000n)
    assert.equal(await refusalOf(propose(bank, account_id, { daily_limit_cents: 5n }, ben)), 'PROPOSAL_PENDING')
    await decide(bank, made, 'reject')
    const more = Array.from({ length: 8 }, () => propose(bank, account_id, { monthly_limit_cents: 5n }))
    const settled = await Promise.allSettled(more)
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('refuses what is no limit, nothing at all, other roles, and own accounts', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    assert.equal(await refusalOf(propose(bank, account_id, { daily_limit_cents: -1n })), 'LIMIT_WRONG')
    assert.equal(await refusalOf(propose(bank, account_id, {})), 'NOTHING_TO_CHANGE')
    assert.equal(await refusalOf(propose(bank, newId(), { daily_limit_cents: 1n })), 'ACCOUNT_NOT_FOUND')
    const insider = { ...ada, customer_id: owner.customer_id }
    assert.equal(await refusalOf(propose(bank, account_id, { daily_limit_cents: 1n }, insider)), 'OWN_ACCOUNT')
    for (const caller of [owner, aStaffMember('teller', 'operator', 'admin')])
      assert.equal(await refusalOf(propose(bank, account_id, { daily_limit_cents: 1n }, caller)), 'FORBIDDEN')
    assert.equal((await bank.owner`select 1 from limit_proposals`).count, 0)
  })
})
