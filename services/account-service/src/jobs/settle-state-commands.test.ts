import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closeAccount, freezeAccount, getAccount } from '#contracts/api/account.ts'
import { accountClosed, accountFrozen } from '#contracts/events/account.ts'
import { Fault } from '#libs/problem/problem.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type AccountBank, openAccount, openAccountBank, refusalOf } from '../../testing/bank.ts'

const LONG_AGO_MS = 120_000

function commandsLeft(bank: AccountBank): Promise<number> {
  return bank.sql`select 1 from state_commands`.then((rows) => rows.length)
}

describe('settle-state-commands', () => {
  test('records a closing that the ledger did and that a crash kept from the record, with its event and audit row', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    bank.ledger.afterState = (state) => {
      if (state === 'CLOSED') throw new Fault('the answer was lost')
    }
    await assert.rejects(bank.call(closeAccount, { params: { account_id } }, owner), Fault)
    const before = await bank.call(getAccount, { params: { account_id } }, owner)
    assert.deepEqual([before.reply.status, await commandsLeft(bank)], ['ACTIVE', 1])
    bank.ledger.afterState = () => {}
    bank.clock.advance(LONG_AGO_MS)
    await eventually(async () => (await commandsLeft(bank)) === 0)
    assert.equal((await bank.call(getAccount, { params: { account_id } }, owner)).reply.status, 'CLOSED')
    assert.deepEqual(await bank.published(accountClosed), [{ account_id, reason: 'OWNER_REQUEST' }])
    const acts = await bank.owner`select user_id, outcome from audit_outbox where operation = 'closeAccount'`
    assert.deepEqual([...acts], [{ user_id: owner.sub, outcome: 'done' }])
  })

  test('a command that is still on its way when it is given up comes too late', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const gate = Promise.withResolvers<void>()
    bank.ledger.beforeState = (state) => (state === 'DEBIT_BLOCKED' ? gate.promise : undefined)
    const late = bank.call(freezeAccount, { params, body: { reason: 'lost' } }, owner)
    await eventually(async () => (await commandsLeft(bank)) === 1)
    bank.clock.advance(LONG_AGO_MS)
    await eventually(async () => (await commandsLeft(bank)) === 0)
    gate.resolve()
    assert.equal(await refusalOf(late), 'ACCOUNT_CHANGED')
    const status = async () => (await bank.call(getAccount, { params }, owner)).reply.status
    assert.deepEqual([await status(), bank.ledger.of(account_id).state], ['ACTIVE', 'OPEN'])
    await bank.call(freezeAccount, { params, body: { reason: 'lost' } }, owner)
    assert.deepEqual([await status(), bank.ledger.of(account_id).state], ['FROZEN', 'DEBIT_BLOCKED'])
  })

  test('a command that the ledger does not understand holds up no other', async (t) => {
    const bank = await openAccountBank(t)
    const [poison, other] = [await openAccount(bank), await openAccount(bank)]
    bank.ledger.afterState = () => {
      throw new Fault('the answer was lost')
    }
    for (const { account_id, owner } of [poison, other])
      await assert.rejects(bank.call(closeAccount, { params: { account_id } }, owner), Fault)
    bank.ledger.afterState = () => {}
    bank.ledger.accounts.delete(poison.account_id)
    bank.clock.advance(LONG_AGO_MS)
    await eventually(async () => assert.equal(await commandsLeft(bank), 1))
    const { reply } = await bank.call(getAccount, { params: { account_id: other.account_id } }, other.owner)
    assert.equal(reply.status, 'CLOSED')
  })

  test('forgets a command that never reached the ledger, and the account goes on as it was', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    bank.ledger.beforeState = (state) => {
      if (state === 'DEBIT_BLOCKED') throw new Fault('the ledger is away')
    }
    await assert.rejects(bank.call(freezeAccount, { params: { account_id }, body: { reason: 'lost' } }, owner), Fault)
    assert.equal(await refusalOf(bank.call(closeAccount, { params: { account_id } }, owner)), 'ACCOUNT_CHANGED')
    bank.clock.advance(LONG_AGO_MS)
    await eventually(async () => (await commandsLeft(bank)) === 0)
    assert.equal((await bank.call(getAccount, { params: { account_id } }, owner)).reply.status, 'ACTIVE')
    assert.equal((await bank.published(accountFrozen)).length, 0)
    assert.equal((await bank.call(closeAccount, { params: { account_id } }, owner)).reply.status, 'CLOSED')
  })
})
