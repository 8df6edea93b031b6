import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/account.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank } from '../testing/bank.ts'

const VIEW: readonly Operation[] = [
  api.getAccount,
  api.getAccountBalance,
  api.getAccountSettings,
  api.listAccountLog,
  api.getStatement,
  api.listStatements,
  api.getMonthlyStatement,
  api.getAccountInterest,
  api.getClosing,
  api.listOwners,
]
const MANAGE: readonly Operation[] = [
  api.updateAccount,
  api.changeAccountSettings,
  api.freezeAccount,
  api.closeAccount,
  api.payOutAndClose,
]
const STAFF_ONLY: readonly Operation[] = [api.unfreezeAccount, api.addOwner, api.removeOwner]
const EVERY_STAFF_ROLE = ['teller', 'support', 'operator', 'compliance', 'auditor', 'admin']

describe('who may do what with an account', () => {
  test('owner and joint owner everything of theirs, delegates as far as they may, strangers nothing, staff by role', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const [joint, viewer, manager] = [aCustomer(), aCustomer(), aCustomer()]
    const add = (person: Caller, relation: 'JOINT' | 'DELEGATE', capabilities?: ('view' | 'manage')[]) => {
      const body = { customer_id: person.customer_id as string, relation, ...(capabilities && { capabilities }) }
      return bank.call(api.addOwner, { params: { account_id }, body }, aStaffMember('teller'))
    }
    await add(joint, 'JOINT')
    await add(viewer, 'DELEGATE', ['view'])
    await add(manager, 'DELEGATE', ['manage'])
    const params = { account_id, statement_id: newId(), customer_id: newId() }
    const today = bank.clock.bank.businessDate()
    const query = { from: today, to: today }
    /** True when the caller gets past the door, whatever the operation then says; a stranger's no is a 404 without a name. */
    const isLetIn = async (operation: Operation, caller: Caller): Promise<boolean> => {
      const body = { payout_account_id: account_id, reason: 'x', customer_id: newId(), relation: 'JOINT' }
      const call = bank.call(operation, { params, query, body } as never, caller)
      const code = await call.then(
        () => 'done',
        (error: unknown) => (error instanceof Problem ? error.kind.code : Promise.reject(error)),
      )
      return !['NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED'].includes(code)
    }
    const people: [who: string, caller: Caller, view: boolean, manage: boolean][] = [
      ['a stranger', aCustomer(), false, false],
      ['a customer without a profile', aCustomer({ customer_id: null }), false, false],
      ['nobody', anonymous, false, false],
      ['a delegate who may look', viewer, true, false],
      ['a delegate who may manage and not look', manager, false, true],
      ['a joint owner', joint, true, true],
      ['the owner', owner, true, true],
    ]
    for (const [who, caller, view, manage] of people) {
      for (const operation of VIEW) assert.equal(await isLetIn(operation, caller), view, `${who}: ${operation.id}`)
      for (const operation of MANAGE.slice(0, 2))
        assert.equal(await isLetIn(operation, caller), manage, `${who}: ${operation.id}`)
      if (!manage)
        for (const operation of MANAGE) assert.equal(await isLetIn(operation, caller), false, `${who}: ${operation.id}`)
      for (const operation of STAFF_ONLY)
        assert.equal(await isLetIn(operation, caller), false, `${who}: ${operation.id}`)
    }
    for (const role of EVERY_STAFF_ROLE)
      for (const operation of [...VIEW, ...MANAGE.slice(0, 2), ...STAFF_ONLY]) {
        const expected = operation.access.roles?.includes(role as never) ?? false
        assert.equal(await isLetIn(operation, aStaffMember(role)), expected, `${role}: ${operation.id}`)
      }
  })
})
