import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeAccountSettings, getAccountSettings } from '#contracts/api/account.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import { Fault } from '#libs/problem/problem.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openAccount, openAccountBank, refusalOf } from '../../testing/bank.ts'

describe('settle-limit-commands', () => {
  test('records limits that the ledger set and that a crash kept from the record; meanwhile another change is refused', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    bank.ledger.afterLimits = () => {
      throw new Fault('the answer was lost')
    }
    const change = (daily_limit_cents: bigint) =>
      bank.call(changeAccountSettings, { params, body: { daily_limit_cents } }, owner)
    await assert.rejects(change(5_000n), Fault)
    bank.ledger.afterLimits = () => {}
    assert.equal(await refusalOf(change(6_000n)), 'ACCOUNT_CHANGED')
    assert.equal((await bank.published(accountUpdated)).length, 0)
    bank.clock.advance(120_000)
    await eventually(async () => (await bank.sql`select 1 from limit_commands`).length === 0)
    const { reply } = await bank.call(getAccountSettings, { params }, owner)
    assert.deepEqual([reply.daily_limit_cents, reply.version], [5_000n, 2])
    assert.equal((await bank.published(accountUpdated)).length, 1)
    const acts =
      await bank.owner`select user_id from audit_outbox where operation = 'changeAccountSettings' and outcome = 'done'`
    assert.deepEqual([...acts], [{ user_id: owner.sub }])
    assert.equal((await change(6_000n)).reply.version, 3)
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 6_000n)
  })
})
