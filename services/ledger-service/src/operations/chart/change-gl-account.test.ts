import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeGlAccount } from '#contracts/api/ledger-chart.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
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
