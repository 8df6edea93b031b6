import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, changeAccountSettings, closeAccount, getAccountSettings } from '#contracts/api/account.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

type Wish = InputOf<typeof changeAccountSettings>['body']

describe('changeAccountSettings', () => {
  test('sets limits in the ledger, records them with one event that names fields only, and a line in the log', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const before = (await bank.call(getAccountSettings, { params }, owner)).reply
    assert.deepEqual([before.daily_limit_cents, before.monthly_limit_cents, before.version], [1_000_000n, null, 1])
    const body = { daily_limit_cents: 50_000n, monthly_limit_cents: 200_000n, statement_delivery: 'EMAIL' as const }
    const { reply } = await bank.call(changeAccountSettings, { params, body: { ...body, version: 1 } }, owner)
    assert.deepEqual(reply, { ...before, ...body, version: 2 })
    assert.deepEqual((await bank.call(getAccountSettings, { params }, owner)).reply, reply)
    const { daily_limit_cents, monthly_limit_cents } = bank.ledger.of(account_id)
    assert.deepEqual([daily_limit_cents, monthly_limit_cents], [50_000n, 200_000n])
    const changed_fields = ['daily_limit_cents', 'monthly_limit_cents', 'statement_delivery']
    assert.deepEqual(await bank.published(accountUpdated), [{ account_id, change_type: 'SETTINGS', changed_fields }])
    const [line] = await bank.sql`select details, changed_by from account_log where change_type = 'SETTINGS'`
    assert.deepEqual(line, {
      details: { daily_limit_cents: '50000', monthly_limit_cents: '200000', statement_delivery: 'EMAIL' },
      changed_by: owner.sub,
    })
    assert.equal((await bank.sql`select 1 from limit_commands`).length, 0)
  })

  test('refuses by code, and then neither the ledger nor the account knows of it', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const viewer = aCustomer()
    const added = { customer_id: viewer.customer_id as string, relation: 'DELEGATE' } as const
    const officer = aStaffMember('compliance')
    await bank.call(addOwner, { params, body: added }, officer)
    const refused = (body: Wish, caller: Caller = owner) =>
      refusalOf(bank.call(changeAccountSettings, { params, body }, caller))
    assert.equal(await refused({ daily_limit_cents: 5_000_001n }), 'LIMIT_TOO_HIGH')
    assert.equal(await refused({ daily_limit_cents: null }), 'LIMIT_TOO_HIGH')
    assert.equal(await refused({ monthly_limit_cents: -1n }), 'LIMIT_WRONG')
    assert.equal(await refused({ daily_limit_cents: 1_000_000n }), 'NOTHING_TO_CHANGE')
    assert.equal(await refused({ daily_limit_cents: 1n, version: 7 }), 'ACCOUNT_CHANGED')
    assert.equal(await refused({ daily_limit_cents: 1n }, aCustomer()), 'NOT_FOUND')
    assert.equal(await refused({ daily_limit_cents: 1n }, viewer), 'NOT_FOUND')
    assert.equal(await refused({ daily_limit_cents: 1n }, aStaffMember('teller')), 'FORBIDDEN')
    assert.equal(
      await refused({ daily_limit_cents: 1n }, { ...officer, customer_id: owner.customer_id }),
      'OWN_ACCOUNT',
    )
    const unknown = bank.call(getAccountSettings, { params: { account_id: newId() } }, officer)
    assert.equal(await refusalOf(unknown), 'ACCOUNT_NOT_FOUND')
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 1_000_000n)
    assert.equal((await bank.published(accountUpdated)).length, 0)
    assert.equal(await refused({ daily_limit_cents: null }, officer), 'SECOND_PERSON_NEEDED')
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 1_000_000n)
    await bank.call(closeAccount, { params }, owner)
    assert.equal(await refused({ daily_limit_cents: 1n }), 'ACCOUNT_CLOSED')
  })

  test('what staff lowered stays lowered: its owner raises it up to there and no further, however often he tries', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const change = async (daily_limit_cents: bigint | null, caller: Caller = owner) =>
      (await bank.call(changeAccountSettings, { params, body: { daily_limit_cents } }, caller)).reply.daily_limit_cents
    const officer = aStaffMember('compliance')
    assert.equal(await change(2_000_000n), 2_000_000n)
    assert.equal(await change(500n, officer), 500n)
    assert.equal(await change(100n), 100n)
    for (const wish of [501n, 2_000_000n, null]) assert.equal(await refusalOf(change(wish)), 'LIMIT_TOO_HIGH')
    assert.equal(await change(500n), 500n)
    assert.equal(await refusalOf(change(501n, officer)), 'SECOND_PERSON_NEEDED')
    assert.equal(bank.ledger.of(account_id).daily_limit_cents, 500n)
  })

  test('of ten at once those that are done leave account and ledger of one mind, and each has its version', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const settled = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        bank.call(changeAccountSettings, { params, body: { daily_limit_cents: BigInt(100 + i) } }, owner),
      ),
    )
    const done = settled.filter((one) => one.status === 'fulfilled')
    for (const one of settled)
      if (one.status === 'rejected') assert.equal(await refusalOf(Promise.reject(one.reason)), 'ACCOUNT_CHANGED')
    assert.equal(new Set(done.map((one) => one.value.reply.version)).size, done.length)
    const { reply } = await bank.call(getAccountSettings, { params }, owner)
    assert.equal(reply.version, 1 + done.length)
    const last = done.find((one) => one.value.reply.version === reply.version)
    assert.equal(last?.value.reply.daily_limit_cents, bank.ledger.of(account_id).daily_limit_cents)
  })
})
