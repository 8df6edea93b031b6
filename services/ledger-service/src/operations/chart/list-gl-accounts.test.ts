import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listGlAccounts } from '#contracts/api/ledger-chart.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('listGlAccounts', () => {
  test('begins with the lines that a bank needs, each under a heading of its type', async (t) => {
    const ledger = await openLedgerTest(t)
    const { items } = (await ledger.call(listGlAccounts, {}, aStaffMember('auditor'))).reply
    const byCode = new Map(items.map((line) => [line.gl_code, line]))
    for (const code of [
      'CASH',
      'FED',
      'NOSTRO',
      'ACH_OUT',
      'WIRE_OUT',
      'FEE_INCOME',
      'LOSS',
      'FX_POSITION',
      'RETAINED_EARNINGS',
    ])
      assert.equal(byCode.get(code)?.kind, 'OWN', code)
    for (const code of ['CUSTOMER_DEPOSITS', 'LOANS']) assert.equal(byCode.get(code)?.kind, 'SUBLEDGER', code)
    for (const line of items) {
      if (line.kind === 'GROUP') continue
      const heading = byCode.get(line.parent_code ?? '')
      assert.deepEqual([heading?.kind, heading?.account_type], ['GROUP', line.account_type], line.gl_code)
      const grows = line.account_type === 'ASSET' || line.account_type === 'EXPENSE' ? 'DEBIT' : 'CREDIT'
      assert.equal(line.normal_side, grows, line.gl_code)
    }
    assert.equal(await refusalOf(ledger.call(listGlAccounts, {}, aCustomer())), 'FORBIDDEN')
  })
})
