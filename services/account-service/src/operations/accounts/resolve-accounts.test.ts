import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, resolveAccounts as contract } from '#contracts/api/account.ts'
import type { AnyRead } from '#libs/http/implement.ts'
import { newId } from '#libs/ids/ids.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { resolveAccounts } from './resolve-accounts.ts'

const asker = aService('transaction-service')

describe('resolveAccounts', () => {
  test('finds accounts by id and by number, each once, with everybody who may act on them', async (t) => {
    const bank = await openAccountBank(t)
    const [first, second] = [await openAccount(bank), await openAccount(bank)]
    const delegate = newId()
    const added = {
      customer_id: delegate,
      relation: 'DELEGATE',
      capabilities: ['view' as const, 'debit' as const],
    } as const
    const body = { ...added, capabilities: [...added.capabilities] }
    await bank.call(addOwner, { params: { account_id: first.account_id }, body }, aStaffMember('teller'))
    const wanted = {
      account_ids: [first.account_id, newId()],
      account_numbers: [first.account_number, second.account_number, 'FB-00000000-0'],
    }
    const { items } = (await bank.call(contract, { body: wanted }, asker)).reply
    const byId = new Map(items.map((one) => [one.account_id, one]))
    assert.equal(items.length, 2)
    assert.deepEqual(byId.get(second.account_id), {
      account_id: second.account_id,
      account_number: second.account_number,
      currency: 'EUR',
      status: 'ACTIVE',
      branch_id: 'main',
      owners: [{ customer_id: second.customer_id, capabilities: ['view', 'debit', 'manage'] }],
    })
    const owners = new Map(byId.get(first.account_id)?.owners.map((one) => [one.customer_id, one.capabilities]))
    assert.deepEqual(owners.get(first.customer_id), ['view', 'debit', 'manage'])
    assert.deepEqual(owners.get(delegate), ['view', 'debit'])
  })

  test('finds nothing for nothing, and is for services only', async (t) => {
    const bank = await openAccountBank(t)
    const { owner } = await openAccount(bank)
    const body = { account_ids: [], account_numbers: [] }
    assert.deepEqual((await bank.call(contract, { body }, asker)).reply.items, [])
    assert.equal(await refusalOf(bank.call(contract, { body }, owner)), 'FORBIDDEN')
    assert.equal(await refusalOf(bank.call(contract, { body }, aService('chatbot-service'))), 'FORBIDDEN')
  })

  test('reads by index when accounts are many', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, account_number } = await openAccount(bank)
    await bank.owner`
      insert into accounts select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 'T-' || n, customer_id, product_id,
        account_type, currency, status, branch_id, 0, opened_date, closed_at, 1, null, 'test', created_at, updated_at
      from accounts, generate_series(1, 20000) n`
    await bank.owner`insert into account_owners select account_id, customer_id, 'OWNER', '{view}', now() from accounts on conflict do nothing`
    await bank.owner`analyze accounts, account_owners`
    const plan: string[] = []
    const app = async (strings: TemplateStringsArray, ...values: string[][]) => {
      const [first = '', ...rest] = strings
      const explained = Object.assign([`explain ${first}`, ...rest], { raw: strings.raw })
      plan.push(...(await bank.owner(explained, ...values)).map((row) => String(Object.values(row)[0])))
      return []
    }
    const { read } = resolveAccounts.beats as AnyRead
    const input = { params: {}, query: {}, body: { account_ids: [account_id], account_numbers: [account_number] } }
    await read(input, { own: { database: { app } } } as never)
    assert.match(plan.join('\n'), /Index/)
    assert.doesNotMatch(plan.join('\n'), /Seq Scan/)
  })
})
