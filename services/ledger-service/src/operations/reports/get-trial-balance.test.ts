import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getTrialBalance } from '#contracts/api/ledger.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('getTrialBalance', () => {
  test('puts every balance on its side, an overdrawn deposit on the other, and nets to zero per currency', async (t) => {
    const ledger = await openLedgerTest(t)
    const a = await ledger.openAccount({ balance_cents: 100n, overdraft_limit_cents: 50n })
    await ledger.openAccount({ balance_cents: 30n })
    await ledger.openAccount({ balance_cents: 7n, currency: 'USD' })
    await ledger.post({ from: a, to: 'SETTLEMENT', cents: 120n })
    const read = async (query: object) => (await ledger.call(getTrialBalance, { query }, aStaffMember('auditor'))).reply
    const { currencies } = await read({})
    const [eur, usd] = currencies
    assert.deepEqual(
      [eur?.currency, eur?.debit_total, eur?.credit_total, eur?.difference, eur?.is_balanced],
      ['EUR', '150', '150', '0', true],
    )
    const line = (gl_code: string) => {
      const found = eur?.lines.find((one) => one.gl_code === gl_code)
      return [found?.accounts, found?.debit_total, found?.credit_total]
    }
    assert.deepEqual(line('CASH'), [1, '130', '0'])
    assert.deepEqual(line('SETTLEMENT'), [1, '0', '120'])
    assert.deepEqual(line('CUSTOMER_DEPOSITS'), [2, '20', '30'])
    assert.deepEqual([usd?.currency, usd?.debit_total, usd?.is_balanced], ['USD', '7', true])
    assert.deepEqual((await read({ currency: 'USD' })).currencies, [usd])
    assert.deepEqual((await read({ currency: 'JPY' })).currencies, [])
  })

  test('holds totals that no JSON number could', async (t) => {
    const ledger = await openLedgerTest(t)
    const max = 9_007_199_254_740_991n
    await ledger.openAccount({ balance_cents: max })
    const b = await ledger.openAccount()
    await ledger.post({ from: 'SETTLEMENT', to: b, cents: max })
    const { reply } = await ledger.call(getTrialBalance, {}, aStaffMember('admin'))
    assert.equal(reply.currencies[0]?.debit_total, '18014398509481982')
    assert.deepEqual(getTrialBalance.shapes.reply.errorsInside(reply), [])
  })

  test('is for staff', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(getTrialBalance, {}, aCustomer())), 'FORBIDDEN')
  })
})
