import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getGeneralLedger, getSubLedger, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { bookMore, busyDays } from '../../../testing/busy-days.ts'
import { explaining } from '../../../testing/explained.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { dayFrom } from '../../domain/value-dates.ts'
import { getSubLedger as operation } from './get-sub-ledger.ts'

const staff = aStaffMember('auditor')

type Page = ReplyOf<typeof getSubLedger>

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
    await ledger.post({ to: busy.accounts[0] as string, cents: 2n })
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

  test('an answer of a day that is over can be asked for again, as known then, before anything of the next day was booked too', async (t) => {
    const ledger = await openLedgerTest(t)
    const busy = await busyDays(ledger, 2)
    await passDays(ledger, 1)
    const [, day] = busy.days as [string, string]
    for (const as_of of [undefined, day, dayFrom(day, -1)]) {
      const query = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR', business_date: day, ...(as_of && { as_of }) }
      const ask = async (known_at?: string | null) =>
        (await ledger.call(getSubLedger, { query: known_at ? { ...query, known_at } : query }, staff)).reply
      const first = await ask()
      assert.ok(first.items.length > 0 && first.known_at !== null)
      assert.deepEqual(await ask(first.known_at), first)
      await bookMore(ledger, busy, 3)
      await sealAll(ledger)
      assert.deepEqual(await ask(first.known_at), first)
      const later = await ask()
      assert.ok(later.seal_no > first.seal_no)
      assert.deepEqual(await ask(later.known_at), later)
    }
  })

  test('each page of what was known stays as it is, however many accounts are opened among those of it', async (t) => {
    const ledger = await openLedgerTest(t)
    // Ids that do not follow the order in which accounts are opened.
    const ids = Array.from({ length: 12 }, (_, i) => `${'0123456789ab'[i]}0000000-0000-7000-8000-000000000000`)
    const open = async (some: readonly string[]) => {
      await ledger.sql`
        insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
          overdraft_limit_cents, ledger_balance_cents, held_cents, entry_count, created_at)
        select id, 'CUSTOMER_DEPOSITS', '', 'LIABILITY', 'CREDIT', 'EUR', 'OPEN', 0, 0, 0, 0, 0, now()
        from unnest(${some}::uuid[]) as account (id)`
      for (const to of some) await ledger.post({ to, cents: 5n })
    }
    const known = ids.filter((_, i) => i % 3 === 1)
    await open(known)
    await sealAll(ledger)
    const line = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR' }
    const page = async (query: object) =>
      (await ledger.call(getSubLedger, { query: { ...line, limit: 2, ...query } }, staff)).reply
    const first = await page({})
    const asked = [{}, { cursor: first.next_cursor }].map((query) => ({ ...query, known_at: first.known_at }))
    const then = await Promise.all(asked.map(page))
    assert.deepEqual(
      then.map(({ items, next_cursor }) => [...items.map((item) => item.ledger_account_id), next_cursor]),
      [
        [known[0], known[1], known[1]],
        [known[2], known[3], null],
      ],
    )
    await open(ids.filter((_, i) => i % 3 === 0))
    await passDays(ledger, 1)
    await open(ids.filter((_, i) => i % 3 === 2))
    await passDays(ledger, 1)
    assert.deepEqual(await Promise.all(asked.map(page)), then)
  })

  test('a page is answered in as many statements for many accounts as for one', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days } = await busyDays(ledger, 3)
    await Promise.all(Array.from({ length: 30 }, () => ledger.openAccount({ balance_cents: 5n })))
    await sealAll(ledger)
    const { read } = operation.beats as unknown as { read(input: object, context: object): Promise<Page> }
    const as_of = days[1] as string
    for (const query of [{}, { as_of }, { as_of, business_date: as_of }]) {
      const asked = async (limit: number) => {
        const told: unknown[] = []
        const sql = explaining(ledger.sql, (explained) => told.push(explained))
        const input = { query: { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR', limit, ...query } }
        return { items: (await read(input, { sql })).items.length, statements: told.length }
      }
      const [one, many] = [await asked(1), await asked(50)]
      assert.ok(many.items > one.items)
      assert.equal(many.statements, one.statements)
    }
  })
})
