import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLedgerAccount } from '#contracts/api/ledger.ts'
import { addGlAccount } from '#contracts/api/ledger-chart.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { accounts, type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { accountIdOf } from '../../own-accounts.ts'

const add = async (
  ledger: LedgerTest,
  given: Partial<InputOf<typeof addGlAccount>['body']>,
  caller = aStaffMember('admin'),
) => {
  const body = {
    gl_code: 'GIFT_CARDS',
    name: 'Gift cards',
    account_type: 'LIABILITY' as const,
    kind: 'OWN' as const,
    ...given,
  }
  return (await ledger.call(addGlAccount, { body }, caller)).reply
}

describe('addGlAccount', () => {
  test('adds a line that is booked on at once, and again answers the same', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    assert.equal(await refusalOf(ledger.post({ from: 'GIFT_CARDS', to, cents: 5n })), 'LEDGER_ACCOUNT_NOT_FOUND')
    const line = await add(ledger, { parent_code: 'LIABILITIES' })
    assert.deepEqual([line.normal_side, line.is_active, line.parent_code], ['CREDIT', true, 'LIABILITIES'])
    assert.deepEqual(await add(ledger, { parent_code: 'LIABILITIES' }), line)
    await ledger.post({ from: 'GIFT_CARDS', to, cents: 5n })
    const account = await ledger.account(accountIdOf('GIFT_CARDS', 'EUR'))
    assert.deepEqual(
      [account.ledger_balance_cents, account.name, account.account_type],
      [-5n, 'Gift cards', 'LIABILITY'],
    )
    await ledger.assertBooksAddUp()
  })

  test('a sub-ledger has an account for each customer, like loans that grow by debits', async (t) => {
    const ledger = await openLedgerTest(t)
    await add(ledger, { gl_code: 'MORTGAGES', account_type: 'ASSET', kind: 'SUBLEDGER', name: 'Mortgages' })
    const deposit = await ledger.openAccount()
    const body = { ledger_account_id: newId(), gl_code: 'MORTGAGES', currency: 'EUR', overdraft_limit_cents: 0n }
    await ledger.call(openLedgerAccount, { body }, accounts)
    await ledger.post({ from: body.ledger_account_id, to: deposit, cents: 900n })
    assert.equal((await ledger.account(body.ledger_account_id)).ledger_balance_cents, 900n)
    const wrong = { ...body, ledger_account_id: newId(), gl_code: 'CASH' }
    assert.equal(await refusalOf(ledger.call(openLedgerAccount, { body: wrong }, accounts)), 'GL_ACCOUNT_NOT_FOUND')
    await ledger.assertBooksAddUp()
  })

  test('refuses other terms for a code, a heading of another type or none, and whoever does not keep the chart', async (t) => {
    const ledger = await openLedgerTest(t)
    await add(ledger, {})
    assert.equal(await refusalOf(add(ledger, { name: 'Vouchers' })), 'GL_ACCOUNT_DIFFERS')
    assert.equal(await refusalOf(add(ledger, { gl_code: 'CASH' })), 'GL_ACCOUNT_DIFFERS')
    assert.equal(await refusalOf(add(ledger, { gl_code: 'OTHERS', parent_code: 'ASSETS' })), 'GL_ACCOUNT_WRONG')
    assert.equal(await refusalOf(add(ledger, { gl_code: 'OTHERS', parent_code: 'CASH' })), 'GL_ACCOUNT_WRONG')
    assert.equal(await refusalOf(add(ledger, { gl_code: 'OTHERS', parent_code: 'NOWHERE' })), 'GL_ACCOUNT_WRONG')
    assert.equal(
      await refusalOf(add(ledger, { gl_code: 'OTHERS', kind: 'GROUP', parent_code: 'LIABILITIES' })),
      'GL_ACCOUNT_WRONG',
    )
    // The end of a year empties them through an account of the bank's own.
    for (const account_type of ['INCOME', 'EXPENSE'] as const)
      assert.equal(
        await refusalOf(add(ledger, { gl_code: 'OTHERS', kind: 'SUBLEDGER', account_type })),
        'GL_ACCOUNT_WRONG',
      )
    assert.equal(await refusalOf(add(ledger, { gl_code: 'OTHERS' }, aStaffMember('operator'))), 'FORBIDDEN')
  })
})
