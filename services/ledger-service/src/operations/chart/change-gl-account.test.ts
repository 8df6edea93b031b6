import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLedgerAccount } from '#contracts/api/ledger.ts'
import { changeGlAccount } from '#contracts/api/ledger-chart.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { accounts, type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { accountIdOf } from '../../own-accounts.ts'

const change = async (
  ledger: LedgerTest,
  gl_code: string,
  body: { name?: string; is_active?: boolean },
  caller = aStaffMember('compliance'),
) => (await ledger.call(changeGlAccount, { params: { gl_code }, body }, caller)).reply

describe('changeGlAccount', () => {
  test("an inactive line's own accounts are frozen, opened ones and those to come, until it is active again", async (t) => {
    const ledger = await openLedgerTest(t)
    const [eur, usd] = [await ledger.openAccount(), await ledger.openAccount({ currency: 'USD' })]
    await ledger.post({ from: 'SUSPENSE', to: eur, cents: 1n })
    assert.equal((await change(ledger, 'SUSPENSE', { is_active: false })).is_active, false)
    assert.equal(await refusalOf(ledger.post({ from: 'SUSPENSE', to: eur, cents: 1n })), 'ACCOUNT_BLOCKED')
    const inDollars = { from: 'SUSPENSE', to: usd, cents: 1n, currency: 'USD' }
    assert.equal(await refusalOf(ledger.post(inDollars)), 'LEDGER_ACCOUNT_NOT_FOUND')
    await change(ledger, 'SUSPENSE', { is_active: true, name: 'Not placed yet' })
    await ledger.post({ from: 'SUSPENSE', to: eur, cents: 1n })
    await ledger.post(inDollars)
    assert.equal((await ledger.account(accountIdOf('SUSPENSE', 'EUR'))).name, 'Not placed yet')
    await ledger.assertBooksAddUp()
  })

  test("a sub-ledger's accounts stay as they are, and no more are opened of it", async (t) => {
    const ledger = await openLedgerTest(t)
    const deposit = await ledger.openAccount()
    const body = { ledger_account_id: newId(), gl_code: 'LOANS', currency: 'EUR', overdraft_limit_cents: 0n }
    await ledger.call(openLedgerAccount, { body }, accounts)
    await change(ledger, 'LOANS', { is_active: false })
    await ledger.post({ from: body.ledger_account_id, to: deposit, cents: 9n })
    assert.equal((await ledger.account(body.ledger_account_id)).ledger_balance_cents, 9n)
    const another = { ...body, ledger_account_id: newId() }
    assert.equal(await refusalOf(ledger.call(openLedgerAccount, { body: another }, accounts)), 'GL_ACCOUNT_NOT_FOUND')
  })

  test('leaves its trace with what was and what is', async (t) => {
    const ledger = await openLedgerTest(t)
    const staff = aStaffMember('admin')
    await change(ledger, 'LOSS', { name: 'Write-offs' }, staff)
    const acts = await ledger.sql<{ operation: string; entity_id: string | null }[]>`
      select operation, entity_id from audit_outbox where user_id = ${staff.sub} and change_encrypted is not null`
    assert.deepEqual(
      acts.map((act) => act.operation),
      ['changeGlAccount'],
    )
  })

  test('refuses a line that is not there and whoever does not keep the chart', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(change(ledger, 'NOWHERE', {})), 'GL_ACCOUNT_NOT_FOUND')
    assert.equal(await refusalOf(change(ledger, 'CASH', {}, aStaffMember('auditor'))), 'FORBIDDEN')
  })
})
