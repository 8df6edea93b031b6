import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { BUSY_ENTRIES, type BusyDay, bookBusyDay, grownAccount } from '../../../testing/grown-books.ts'
import { type GrownPlans, monthsIn, openGrownPlans, rowsOf } from '../../../testing/grown-plans.ts'
import { dayFrom } from '../../domain/value-dates.ts'
import { findAccounts } from '../accounts.ts'
import { compareDay } from '../daily-books.ts'
import { entriesBetween, lastEntryBefore } from '../seals/statement-entries.ts'
import { accountBalanceAsOf } from './account-as-of.ts'
import { movedBetween, movedByValue } from './account-movement.ts'
import { accountCut } from './cuts.ts'
import { entriesPage } from './entry-pages.ts'
import { valuePage } from './value-pages.ts'

describe('the plans on a busy day that the statistics know nothing of', () => {
  let plans: GrownPlans
  let busy: BusyDay
  let within: GrownPlans['within']

  before(async () => {
    plans = await openGrownPlans()
    busy = await bookBusyDay(plans, plans.books)
    within = plans.within
  })
  after(() => plans?.end())

  /** The account of everybody's payments, and one of the others. */
  const both = () => [busy.hot, grownAccount(77)]
  const cutOfAccount = async (sql: Queryable, id: string) => {
    const account = (await findAccounts(sql, [id])).get(id)
    assert.ok(account !== undefined)
    return { account, cut: await accountCut(sql, account, undefined) }
  }

  test('the day before is compared with what came later by reading its entries and those once, not once for each account', async () => {
    const { written, open } = busy
    const [found] = await plans.app<{ rows: number }[]>`
      select count(*)::int as rows from entries where business_date >= date_trunc('month', ${written}::date) and business_date <= ${open}`
    const told = await plans.explained(async (sql) => {
      const { differences, accounts } = await compareDay(sql as Tx, written)
      assert.ok(differences.length === 0 && accounts > 500)
    })
    const rows = told.reduce((sum, { visits }) => sum + rowsOf(visits), 0)
    assert.ok(rows <= 2 * (found?.rows ?? 0), `${rows} rows: ${told.map(({ plan }) => plan).join('\n')}`)
  })

  test('a proven statement: its entries', async () => {
    for (const ledger_account_id of both())
      for (const [from, to] of [
        [busy.open, busy.open],
        [busy.written, busy.open],
        [dayFrom(busy.written, -9), dayFrom(busy.open, 9)],
      ] as const) {
        const told = await within(120, async (sql) => {
          const rows = await entriesBetween(sql, { ledger_account_id, from, to, limit: 51 })
          assert.equal(rows.length, ledger_account_id === busy.hot ? 51 : rows.length)
          assert.ok(rows.length > 0)
          const before = await lastEntryBefore(sql, { ledger_account_id, from })
          assert.equal(before?.sequence ?? 0, (rows[0]?.sequence ?? 0) - 1)
        })
        assert.ok(monthsIn(told).length <= 2)
      }
  })

  test('a page of a history, and of its days: its rows', async () => {
    for (const id of both()) {
      const { account, cut } = await cutOfAccount(plans.app, id)
      for (const order of ['newest', 'oldest'] as const)
        for (const days of [
          {},
          { to: busy.open },
          { to: busy.written },
          { from: busy.open },
          { from: busy.written, to: busy.open },
          { from: dayFrom(busy.open, 1) },
        ])
          await within(200, (sql) => entriesPage(sql, account, cut, { ...days, order, limit: 50 }))
    }
  })

  test('a page in the order of value dates: its rows, and the days around them', async () => {
    for (const id of both()) {
      const { account, cut } = await cutOfAccount(plans.app, id)
      for (const order of ['newest', 'oldest'] as const)
        for (const days of [{}, { to: busy.open }, { from: busy.open }])
          await within(500, (sql) => valuePage(sql, account, cut, { ...days, order, limit: 20 }))
    }
  })

  test('a balance as of a date, and what a day moved: the entries of the account that are asked for', async () => {
    const ofHot = BUSY_ENTRIES / 100
    for (const id of both()) {
      const { cut } = await cutOfAccount(plans.app, id)
      for (const days of [-9, -1, 0, 1, 9])
        await within(150 + ofHot, (sql) => accountBalanceAsOf(sql, cut, dayFrom(busy.written, days)))
      for (const date of [dayFrom(busy.written, -9), busy.written])
        await within(150 + 3 * ofHot, (sql) => movedByValue(sql, cut, { from: date, to: date }))
      const range = { from: busy.open, to: busy.open, first: cut.sequence - 20, last: cut.sequence }
      await within(150, (sql) => movedBetween(sql, cut, range))
    }
  })
})
