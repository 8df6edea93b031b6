import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeAccountSettings, closeAccount } from '#contracts/api/account.ts'
import { getLimitProposal } from '#contracts/api/account-limits.ts'
import { accountLimitsDecided, accountUpdated } from '#contracts/events/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { ada, ben, decide, propose } from '../../../testing/limit-proposals.ts'

describe('approveLimitProposal', () => {
  test('two officers raise what one had lowered, in the ledger and for good; the owner goes up to there', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const change = (daily_limit_cents: bigint, caller: Caller) =>
      bank.call(changeAccountSettings, { params: { account_id }, body: { daily_limit_cents } }, caller)
    await change(500n, ada)
    const made = await propose(bank, account_id, { daily_limit_cents: 800n, monthly_limit_cents: 9_000n })
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 500n)
    const done = await decide(bank, made)
    assert.deepEqual([done.status, done.decided_by, done.decision_reason], ['APPROVED', ben.sub, 'saw the deed'])
    assert.deepEqual((await bank.call(getLimitProposal, { params: made }, ada)).reply, done)
    const { daily_limit_cents, monthly_limit_cents } = bank.ledger.of(account_id)
    assert.deepEqual([daily_limit_cents, monthly_limit_cents], [800n, 9_000n])
    assert.deepEqual(await bank.published(accountLimitsDecided), [
      { proposal_id: made.proposal_id, account_id, status: 'APPROVED', decided_by: ben.sub },
    ])
    assert.equal((await bank.published(accountUpdated)).length, 2)
    await change(1n, owner)
    await change(800n, owner)
    assert.equal(await refusalOf(change(801n, owner)), 'LIMIT_TOO_HIGH')
    const [kept] = await bank.owner`select count(*)::int as words from limit_proposals p where p::text like '%house%'`
    assert.equal(kept?.words, 0)
  })

  test('not by who proposed it, in whatever name, nor by an officer whose account it is, nor in another role', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const made = await propose(bank, account_id, { daily_limit_cents: null })
    const refused = (caller: Caller) => refusalOf(decide(bank, made, 'approve', caller))
    assert.equal(await refused(ada), 'OWN_PROPOSAL')
    assert.equal(await refused(aService('admin-service', ada)), 'OWN_PROPOSAL')
    assert.equal(await refused(aService('admin-service')), 'OWN_PROPOSAL')
    const insider = { ...aStaffMember('compliance'), customer_id: owner.customer_id }
    assert.equal(await refused(insider), 'OWN_ACCOUNT')
    assert.equal(await refused(aService('admin-service', insider)), 'OWN_ACCOUNT')
    for (const caller of [owner, aStaffMember('admin', 'operator', 'teller', 'support'), aService('fraud-service')])
      assert.equal(await refused(caller), 'FORBIDDEN')
    assert.equal(await refusalOf(decide(bank, { proposal_id: newId() })), 'PROPOSAL_NOT_FOUND')
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 1_000_000n)
    assert.equal((await decide(bank, made, 'approve', aService('admin-service', ben))).decided_by, ben.sub)
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, null)
  })

  test('of eight who decide at once one does, 10 times over', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    for (let round = 1; round <= 10; round++) {
      const made = await propose(bank, account_id, { daily_limit_cents: BigInt(round) })
      const all = Array.from({ length: 8 }, (_, i) =>
        decide(bank, made, i % 3 === 0 ? 'reject' : 'approve', aStaffMember('compliance')),
      )
      const settled = await Promise.allSettled(all)
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const one of settled)
        if (one.status === 'rejected') assert.match(one.reason.kind?.code, /^(NOT_PENDING|ACCOUNT_CHANGED)$/)
    }
    assert.equal((await bank.published(accountLimitsDecided)).length, 10)
    assert.equal((await bank.owner`select 1 from limit_commands`).count, 0)
  })

  test('after a crash behind the ledger the decision is written down in the name of who approved, once', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const made = await propose(bank, account_id, { daily_limit_cents: 700n })
    bank.ledger.afterLimits = () => {
      throw new Fault('the answer was lost')
    }
    await assert.rejects(decide(bank, made), Fault)
    assert.equal(await refusalOf(decide(bank, made, 'reject', aStaffMember('compliance'))), 'ACCOUNT_CHANGED')
    bank.ledger.afterLimits = () => {}
    bank.clock.advance(61_000)
    const done = await eventually(async () => {
      const { reply } = await bank.call(getLimitProposal, { params: made }, ada)
      return reply.status === 'APPROVED' && reply
    })
    assert.deepEqual([done.decided_by, bank.ledger.of(account_id).daily_limit_cents], [ben.sub, 700n])
    assert.equal((await bank.published(accountLimitsDecided)).length, 1)
  })

  test('what was proposed before the limit was changed is void: what was lowered meanwhile does not go up by it', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const made = await propose(bank, account_id, { daily_limit_cents: 5_000_000n })
    bank.clock.advance(1_000)
    const change = (body: object, caller: Caller) =>
      bank.call(changeAccountSettings, { params: { account_id }, body }, caller)
    await change({ daily_limit_cents: 0n }, ada)
    assert.equal(await refusalOf(decide(bank, made)), 'ACCOUNT_CHANGED')
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 0n)
    await decide(bank, made, 'reject')
    const again = await propose(bank, account_id, { daily_limit_cents: 7_000n })
    bank.clock.advance(1_000)
    await change({ monthly_limit_cents: 1n }, ada)
    await change({ statement_delivery: 'EMAIL' }, owner)
    await decide(bank, again)
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 7_000n)
  })

  test('what waited a week is over, and of a closed account nothing is approved', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const old = await propose(bank, account_id, { daily_limit_cents: 7n })
    bank.clock.advance(7 * 86_400_000 + 1)
    assert.equal(await refusalOf(decide(bank, old)), 'NOT_PENDING')
    await eventually(async () => assert.equal((await bank.published(accountLimitsDecided))[0]?.status, 'EXPIRED'))
    const made = await propose(bank, account_id, { daily_limit_cents: 7n })
    await bank.call(closeAccount, { params: { account_id } }, owner)
    assert.equal(await refusalOf(decide(bank, made)), 'ACCOUNT_CLOSED')
    assert.equal((await decide(bank, made, 'reject')).status, 'REJECTED')
  })
})
