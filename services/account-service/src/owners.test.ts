import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  getAccount,
  getAccountBalance,
  getAccountSettings,
  getMonthlyStatement,
  getStatement,
  listAccounts,
  listStatements,
} from '#contracts/api/account.ts'
import type { AccountAction } from '#contracts/grants.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { type AccountBank, openAccount, openAccountBank, refusalOf } from '../testing/bank.ts'

const EVERYTHING: readonly AccountAction[] = ['accounts', 'balances', 'transactions']

/** A third party that acts for a customer, who chose these accounts for it. */
function thirdParty(
  { sub, customer_id }: Caller,
  { account_ids, actions = EVERYTHING, scopes = ['account_information'] }: Granted,
): Caller {
  const details = [{ type: 'account_access', actions, account_ids }]
  const grant = { kind: 'third_party' as const, scopes, consent_id: newId(), details }
  return { ...aCustomer({ sub, customer_id }), client_id: 'a-shop', grant }
}
interface Granted {
  account_ids: readonly string[]
  actions?: readonly AccountAction[]
  scopes?: readonly string[]
}

/** What comes of every look at an account that third parties may take: the code of its refusal, or that it is none of theirs. */
async function looksAt(bank: AccountBank, account_id: string, caller: Caller): Promise<Record<string, string>> {
  const params = { account_id }
  const looks = {
    getAccount: () => bank.call(getAccount, { params }, caller),
    getAccountBalance: () => bank.call(getAccountBalance, { params }, caller),
    getStatement: () => bank.call(getStatement, { params, query: { from: '2000-01-01', to: '2000-01-02' } }, caller),
    listStatements: () => bank.call(listStatements, { params }, caller),
    getMonthlyStatement: () =>
      bank.call(getMonthlyStatement, { params: { account_id, statement_id: newId() }, query: {} }, caller),
  }
  const codes: Record<string, string> = {}
  for (const [name, look] of Object.entries(looks)) {
    const refused = await refusalOf(look()).catch(() => 'seen')
    codes[name] = ['NOT_FOUND', 'FORBIDDEN'].includes(refused) ? refused : 'seen'
  }
  return codes
}

const ALIKE = (code: string): Record<string, string> =>
  Object.fromEntries(
    ['getAccount', 'getAccountBalance', 'getStatement', 'listStatements', 'getMonthlyStatement'].map((name) => [
      name,
      code,
    ]),
  )

describe('a third party (PSD2 RTS art. 36)', () => {
  test('sees the accounts that were chosen for it, and no other of the same customer', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const [chosen, other] = [await openAccount(bank, anna), await openAccount(bank, anna)]
    const shop = thirdParty(anna, { account_ids: [chosen.account_id.toUpperCase()] })
    assert.deepEqual(await looksAt(bank, chosen.account_id, shop), ALIKE('seen'))
    assert.deepEqual(await looksAt(bank, other.account_id, shop), ALIKE('NOT_FOUND'))
    assert.deepEqual(await looksAt(bank, other.account_id, anna), ALIKE('seen'))
    const { reply } = await bank.call(listAccounts, {}, shop)
    assert.deepEqual(
      reply.items.map(({ account_id }) => account_id),
      [chosen.account_id],
    )
  })

  test("sees nobody else's account, though the consent names it", async (t) => {
    const bank = await openAccountBank(t)
    const [anna, bert] = [aCustomer(), aCustomer()]
    const hers = await openAccount(bank, anna)
    const shop = thirdParty(bert, { account_ids: [hers.account_id] })
    assert.deepEqual(await looksAt(bank, hers.account_id, shop), ALIKE('NOT_FOUND'))
    assert.deepEqual((await bank.call(listAccounts, {}, shop)).reply.items, [])
  })

  test('sees of an account what was allowed of it', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const { account_id } = await openAccount(bank, anna)
    const looks = (...actions: AccountAction[]): Promise<Record<string, string>> =>
      looksAt(bank, account_id, thirdParty(anna, { account_ids: [account_id], actions }))
    const none = ALIKE('FORBIDDEN')
    assert.deepEqual(await looks('accounts'), { ...none, getAccount: 'seen' })
    assert.deepEqual(await looks('balances'), { ...none, getAccountBalance: 'seen' })
    const transactions = { getStatement: 'seen', listStatements: 'seen', getMonthlyStatement: 'seen' }
    assert.deepEqual(await looks('transactions'), { ...none, ...transactions })
    const balances = thirdParty(anna, { account_ids: [account_id], actions: ['balances'] })
    assert.deepEqual((await bank.call(listAccounts, {}, balances)).reply.items, [])
  })

  test('without the scope, or without a consent that names accounts, sees nothing; and settings are for her alone', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const { account_id } = await openAccount(bank, anna)
    const unscoped = thirdParty(anna, { account_ids: [account_id], scopes: ['profile'] })
    assert.deepEqual(await looksAt(bank, account_id, unscoped), ALIKE('FORBIDDEN'))
    assert.equal(await refusalOf(bank.call(listAccounts, {}, unscoped)), 'FORBIDDEN')
    const unnamed = thirdParty(anna, { account_ids: [] })
    assert.deepEqual(await looksAt(bank, account_id, unnamed), ALIKE('NOT_FOUND'))
    const shop = thirdParty(anna, { account_ids: [account_id] })
    assert.equal(await refusalOf(bank.call(getAccountSettings, { params: { account_id } }, shop)), 'FORBIDDEN')
  })
})
