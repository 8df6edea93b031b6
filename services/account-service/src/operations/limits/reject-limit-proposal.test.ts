import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accountLimitsDecided } from '#contracts/events/account.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { ada, ben, decide, propose } from '../../../testing/limit-proposals.ts'

describe('rejectLimitProposal', () => {
  test('stops it for good: the limits stay, and nobody approves it afterwards; not by who proposed it', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const made = await propose(bank, account_id, { daily_limit_cents: null })
    assert.equal(await refusalOf(decide(bank, made, 'reject', ada)), 'OWN_PROPOSAL')
    assert.equal((await decide(bank, made, 'reject')).status, 'REJECTED')
    assert.equal(await refusalOf(decide(bank, made)), 'NOT_PENDING')
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 1_000_000n)
    const { proposal_id } = made
    const decided = { proposal_id, account_id, status: 'REJECTED', decided_by: ben.sub }
    assert.deepEqual(await bank.published(accountLimitsDecided), [decided])
  })
})
