import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getGeneralLedger, getSubLedger, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { bookMore, busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

describe('getSubLedger', () => {
  test('shows what each account of a line did on a day, and sums up to the line', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days, accounts } = await busyDays(ledger, 3)
    const [, day] = days as [string, string]
    const line = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR' }
    const list = async (query: object) =>
      (await ledger.call(getSubLedger, { query: { ...line, business_date: day, ...query } }, staff)).reply
    const page = await list({ limit: 1 })
    const rest = await list({ limit: 1, cursor: page.next_cursor })
    const items = [...page.items, ...rest.items]
    assert.deepEqual(
      items.map((item) => item.ledger_account_id),
      accounts.slice(0, 2).toSorted(),
    )
    assert.equal(rest.next_cursor, null)
    const { reply } = await ledger.call(getGeneralLedger, { query: { ...line, from: day, to: day } }, staff)
    const sum = (of: 'debits_cents' | 'credits_cents') => String(items.reduce((total, item) => total + item[of], 0n))
    assert.deepEqual([reply.days[0]?.debits, reply.days[0]?.credits], [sum('debits_cents'), sum('credits_cents')])
    const asked = ledger.call(getSubLedger, { query: { ...line, business_date: days[2] as string } }, staff)
    assert.equal(await refusalOf(asked), 'DAY_NOT_OVER')
    const wrong = ledger.call(getSubLedger, { query: { ...line, business_date: day, cursor: 'x' } }, staff)
    assert.equal(await refusalOf(wrong), 'CURSOR_WRONG')
    const customer = ledger.call(getSubLedger, { query: { ...line, business_date: day } }, aCustomer())
    assert.equal(await refusalOf(customer), 'FORBIDDEN')
  })

  test('shows what each account had as of a value date, sums up to the trial balance, and never changes what was known', async (t) => {
    const ledger = await openLedgerTest(t)
    const busy = await busyDays(ledger, 3)
    const [first, second, third] = busy.days as [string, string, string]
    const line = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR' }
    const known_at = ledger.clock.bank.now().toISOString()
    const list = async (query: object) => {
      const items = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = { ...line, limit: 1, ...query, ...(cursor === undefined ? {} : { cursor }) }
        const { reply } = await ledger.call(getSubLedger, { query: page }, staff)
        assert.deepEqual(getSubLedger.shapes.reply.errorsInside(reply), [])
        items.push(...reply.items)
        cursor = reply.next_cursor
      }
      return items
    }
    const asked = [{}, { as_of: dayFrom(first, -2) }, { as_of: second }, { as_of: third }, { as_of: dayFrom(third, 2) }]
    const then: unknown[] = []
    for (const query of asked) {
      const items = await eventually(() => list({ ...query, known_at }))
      then.push(items)
      assert.deepEqual(await list(query), items)
      const totals = (await ledger.call(getTrialBalance, { query: { ...query, known_at } }, staff)).reply
      const booked = totals.currencies.find(({ currency }) => currency === 'EUR')?.lines ?? []
      const { debits = '0', credits = '0' } = booked.find(({ gl_code }) => gl_code === line.gl_code) ?? {}
      const closing = items.reduce((sum, item) => sum + item.closing_cents, 0n)
      assert.equal(closing, BigInt(credits) - BigInt(debits))
      for (const { opening_cents, debits_cents, credits_cents, closing_cents, ...item } of items) {
        assert.equal(closing_cents, opening_cents + credits_cents - debits_cents)
        const [row] = await ledger.sql<{ entries: number; cents: bigint }[]>`
          select count(*)::int as entries, coalesce(sum(signed_cents), 0)::int8 as cents from entries
          where ledger_account_id = ${item.ledger_account_id} and value_date = ${'as_of' in query ? query.as_of : '9999-12-31'}`
        assert.deepEqual([item.entry_count, closing_cents - opening_cents], [row?.entries, row?.cents])
      }
    }
    const of_day = await list({ business_date: second, known_at })
    await passDays(ledger, 1)
    await ledger.openAccount({ balance_cents: 5n })
    await bookMore(ledger, busy, 9)
    for (const query of asked) assert.deepEqual(await list({ ...query, known_at }), then.shift())
    assert.deepEqual(await list({ business_date: second, known_at }), of_day)
    assert.equal(await refusalOf(list({ business_date: third, known_at })), 'DAY_NOT_OVER')
    for (const as_of of [dayFrom(first, -1), first, second, dayFrom(second, 2)])
      for (const item of await list({ business_date: second, as_of })) {
        const [row] = await ledger.sql<{ opening: bigint; entries: number; closing: bigint }[]>`
          select coalesce(sum(signed_cents) filter (where business_date < ${second}), 0)::int8 as opening,
            (count(*) filter (where business_date = ${second}))::int as entries, coalesce(sum(signed_cents), 0)::int8 as closing
          from entries
          where ledger_account_id = ${item.ledger_account_id} and value_date <= ${as_of} and business_date <= ${second}`
        assert.deepEqual([item.opening_cents, item.entry_count, item.closing_cents], Object.values(row ?? {}))
        assert.equal(item.closing_cents, item.opening_cents + item.credits_cents - item.debits_cents)
      }
    const later = new Date(ledger.clock.bank.now().getTime() + 60_000).toISOString()
    assert.equal(await refusalOf(list({ known_at: later })), 'BEYOND_HORIZON')
  })
})
