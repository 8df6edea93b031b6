import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closeAccount, lookupPayee } from '#contracts/api/account.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { accountNumberOf } from '../../domain/account-number.ts'

describe('lookupPayee', () => {
  test('finds the payee however the number is typed, shows a masked name only, and leaves a line in the audit trail', async (t) => {
    const bank = await openAccountBank(t)
    const payee = await openAccount(bank)
    const ben = aCustomer()
    for (const typed of [
      payee.account_number,
      payee.account_number.toLowerCase().replaceAll('-', ' '),
      payee.account_number.replaceAll('-', ''),
    ]) {
      const { reply } = await bank.call(lookupPayee, { query: { account_number: typed } }, ben)
      const { account_number } = payee
      assert.deepEqual(reply, { account_number, masked_name: 'A•• S••••', currency: 'EUR', can_receive: true })
    }
    const acts = await bank.owner`select user_id from audit_outbox where operation = 'lookupPayee'`
    assert.deepEqual([...acts], Array(3).fill({ user_id: ben.sub }))
  })

  test('tells a typing error from a number that nobody has; closed accounts are gone, pending ones cannot receive', async (t) => {
    const bank = await openAccountBank(t)
    const payee = await openAccount(bank)
    const ben = aCustomer()
    const look = (account_number: string, caller = ben) => bank.call(lookupPayee, { query: { account_number } }, caller)
    const wrongDigit = payee.account_number.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
    assert.equal(await refusalOf(look(wrongDigit)), 'ACCOUNT_NUMBER_WRONG')
    assert.equal(await refusalOf(look('PT50 0002 0123')), 'ACCOUNT_NUMBER_WRONG')
    assert.equal(await refusalOf(look(accountNumberOf(88_888_888n))), 'PAYEE_NOT_FOUND')
    assert.equal(await refusalOf(look(payee.account_number, anonymous)), 'UNAUTHENTICATED')
    assert.equal(await refusalOf(look(payee.account_number, aStaffMember('auditor'))), 'FORBIDDEN')
    await bank.call(closeAccount, { params: { account_id: payee.account_id } }, payee.owner)
    assert.equal(await refusalOf(look(payee.account_number)), 'PAYEE_NOT_FOUND')
    const newcomer = aCustomer()
    bank.customers.set(newcomer.customer_id as string, { kyc_status: 'PENDING', first_name: null, last_name: null })
    const pending = await openAccount(bank, newcomer)
    const { reply } = await look(pending.account_number)
    assert.deepEqual([reply.can_receive, reply.masked_name], [false, '••••'])
  })
})
