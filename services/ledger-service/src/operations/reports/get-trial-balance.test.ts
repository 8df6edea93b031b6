import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

describe('getTrialBalance', () => {
  test('puts every line on the side where more was booked, and nets to zero per currency', async (t) => {
    const ledger = await openLedgerTest(t)
    const a = await ledger.openAccount({ balance_cents: 100n, overdraft_limit_cents: 50n })
    await ledger.openAccount({ balance_cents: 30n })
    await ledger.openAccount({ balance_cents: 7n, currency: 'USD' })
    await ledger.post({ from: a, to: 'SETTLEMENT', cents: 120n })
    await sealAll(ledger)
    const read = async (query: object) => (await ledger.call(getTrialBalance, { query }, aStaffMember('auditor'))).reply
    const { currencies, seal_no } = await read({})
    assert.ok(seal_no > 0)
    const [eur, usd] = currencies
    assert.deepEqual(
      [eur?.currency, eur?.debit_total, eur?.credit_total, eur?.difference, eur?.is_balanced],
      ['EUR', '130', '130', '0', true],
    )
    const line = (gl_code: string) => {
      const found = eur?.lines.find((one) => one.gl_code === gl_code)
      return [found?.debits, found?.credits, found?.entries, found?.debit_total, found?.credit_total]
    }
    assert.deepEqual(line('CASH'), ['130', '0', 2, '130', '0'])
    assert.deepEqual(line('SETTLEMENT'), ['0', '120', 1, '0', '120'])
    assert.deepEqual(line('CUSTOMER_DEPOSITS'), ['120', '130', 3, '0', '10'])
    assert.deepEqual([usd?.currency, usd?.debit_total, usd?.is_balanced], ['USD', '7', true])
    assert.deepEqual((await read({ currency: 'USD' })).currencies, [usd])
    assert.deepEqual((await read({ currency: 'JPY' })).currencies, [])
  })

  test('leaves out what has its value later, and counts what was booked late on the day that it was worth', async (t) => {
    const ledger = await openLedgerTest(t)
    const [first, second, third] = await passDays(ledger, 0, 3)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.post({ from: id, to: 'CASH', cents: 10n, value_date: third as string })
    await passDays(ledger, 1)
    await ledger.post({ from: 'CASH', to: id, cents: 5n, value_date: first as string })
    await sealAll(ledger)
    const cash = async (as_of?: string) => {
      const query = as_of === undefined ? {} : { as_of }
      const { reply } = await ledger.call(getTrialBalance, { query }, aStaffMember('auditor'))
      return reply.currencies[0]?.lines.find((line) => line.gl_code === 'CASH')?.debit_total
    }
    assert.deepEqual(
      [await cash(first), await cash(second), await cash(third), await cash()],
      ['105', '105', '95', '95'],
    )
  })

  test('holds totals that no JSON number could', async (t) => {
    const ledger = await openLedgerTest(t)
    const max = 9_007_199_254_740_991n
    await ledger.openAccount({ balance_cents: max })
    const b = await ledger.openAccount()
    await ledger.post({ from: 'SETTLEMENT', to: b, cents: max })
    await sealAll(ledger)
    const { reply } = await ledger.call(getTrialBalance, {}, aStaffMember('admin'))
    assert.equal(reply.currencies[0]?.debit_total, '18014398509481982')
    assert.deepEqual(getTrialBalance.shapes.reply.errorsInside(reply), [])
  })

  test('is for staff, and refuses a moment that more may still be sealed for', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 1n })
    assert.equal(await refusalOf(ledger.call(getTrialBalance, {}, aCustomer())), 'FORBIDDEN')
    const known_at = new Date(ledger.clock.bank.now().getTime() + 60_000).toISOString()
    const asked = ledger.call(getTrialBalance, { query: { known_at } }, aStaffMember('admin'))
    assert.equal(await refusalOf(asked), 'BEYOND_HORIZON')
  })
})
