import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listPeriods } from '#contracts/api/ledger-days.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { bornAtYearsEnd, closeWith } from '../../../testing/proposals.ts'

describe('listPeriods', () => {
  test('shows days newest first with the totals up to each, and the open one without', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const [first] = await passDays(ledger, 1)
    await ledger.post({ from: id, to: 'CASH', cents: 7n })
    const [second, third] = await passDays(ledger, 2)
    const list = async (query: object) => (await ledger.call(listPeriods, { query }, aStaffMember('auditor'))).reply
    const page = await list({ limit: 3 })
    assert.deepEqual(
      page.items.map(({ period, status, currencies }) => [
        period,
        status,
        currencies[0]?.entries,
        currencies[0]?.debit_total,
      ]),
      [
        [ledger.clock.bank.businessDate(), 'OPEN', undefined, undefined],
        [third, 'CLOSED', 0, '107'],
        [second, 'CLOSED', 2, '107'],
      ],
    )
    const { items } = await list({ limit: 3, cursor: page.next_cursor })
    assert.deepEqual(
      items.map(({ period, currencies }) => [period, currencies[0]?.credit_total]),
      [[first, '100']],
    )
    const between = await list({ from: second, to: third })
    assert.deepEqual(
      between.items.map((item) => item.period),
      [third, second],
    )
  })

  test('shows the months and years that the days make, with the totals of those that are closed', async (t) => {
    const ledger = await openLedgerTest(t)
    const { year, month, passNewYear } = await bornAtYearsEnd(ledger)
    await ledger.openAccount({ balance_cents: 70n })
    await passNewYear()
    await closeWith(ledger, month)
    const list = async (query: object) => (await ledger.call(listPeriods, { query }, aStaffMember('auditor'))).reply
    const next = String(Number(year) + 1)
    const { items } = await list({ kind: 'MONTH' })
    assert.deepEqual(
      items.map(({ period, status, currencies }) => [period, status, currencies]),
      [
        [`${next}-01`, 'OPEN', []],
        [month, 'CLOSED', [{ currency: 'EUR', entries: 2, debit_total: '70', credit_total: '70', difference: '0' }]],
      ],
    )
    const years = await list({ kind: 'YEAR', limit: 1 })
    const rest = await list({ kind: 'YEAR', limit: 1, cursor: years.next_cursor })
    assert.deepEqual(
      [...years.items, ...rest.items].map(({ period, status }) => [period, status]),
      [
        [next, 'OPEN'],
        [year, 'OPEN'],
      ],
    )
    assert.deepEqual(
      (await list({ kind: 'MONTH', to: `${year}-12-31` })).items.map(({ period }) => period),
      [month],
    )
  })

  test('refuses a wrong cursor, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller = aStaffMember('operator')) =>
      refusalOf(ledger.call(listPeriods, { query }, caller))
    for (const cursor of ['yesterday', '2026-02-30', '0000-01-01']) assert.equal(await list({ cursor }), 'CURSOR_WRONG')
    assert.equal(await list({ kind: 'MONTH', cursor: '2026-13' }), 'CURSOR_WRONG')
    assert.equal(await list({ kind: 'YEAR', cursor: '2026-11' }), 'CURSOR_WRONG')
    assert.equal(await list({}, aCustomer()), 'FORBIDDEN')
  })
})
