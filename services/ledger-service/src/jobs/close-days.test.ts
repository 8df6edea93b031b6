import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { accrueInterest } from '#contracts/api/account.ts'
import { listEndOfDayRuns, listPeriods } from '#contracts/api/ledger-days.ts'
import {
  businessDateChanged,
  ledgerHoldReleased,
  ledgerPeriodClosed,
  reconciliationFailed,
} from '#contracts/events/ledger.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, passDays } from '../../testing/ledger-test.ts'
import { dayAfter, isMonthEnd } from '../domain/bank-clock.ts'
import { STEPS } from '../store/end-of-day.ts'

const DAY_MS = 86_400_000

const runs = async (ledger: LedgerTest) =>
  (await ledger.call(listEndOfDayRuns, {}, aStaffMember('operator'))).reply.items
const periods = async (ledger: LedgerTest) => (await ledger.call(listPeriods, {}, aStaffMember('auditor'))).reply.items

/** Some business on two accounts: a payment, a hold that expires within the day, one that lasts. */
async function business(ledger: LedgerTest): Promise<string[]> {
  const ids = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount({ balance_cents: 500n })]
  const [a, b] = ids as [string, string]
  await ledger.post({ from: a, to: b, cents: 120n })
  await ledger.placeHold({ ledger_account_id: a, amount_cents: 30n, expires_in_s: 60 })
  await ledger.placeHold({ ledger_account_id: b, amount_cents: 40n, expires_in_s: 10 * 86_400 })
  return ids
}

/** What an end of day leaves behind, without what is different each time. */
async function leftBy(ledger: LedgerTest, ids: readonly string[]) {
  const name = (id: string): string => (ids.includes(id) ? `account ${ids.indexOf(id)}` : 'own')
  const balances = await ledger.sql<
    { ledger_account_id: string }[]
  >`select * from daily_balances order by business_date, closing_cents, debits_cents`
  return {
    runs: (await runs(ledger)).map(({ status, error, steps }) => ({
      status,
      error,
      // An expired hold may be met by the job that looks each second.
      steps: steps.map(({ step, status: is, items }) => [step, is, step === 'EXPIRE_HOLDS' ? 0 : items]),
    })),
    periods: (await periods(ledger)).map(({ status, currencies }) => ({ status, currencies })),
    balances: balances.map((row) => ({ ...row, ledger_account_id: name(row.ledger_account_id), business_date: '' })),
    reconciled: Array.from(await ledger.sql`select scope, status, accounts from reconciliations where scope = 'DAY'`),
    dates: await ledger.published(businessDateChanged),
    closed: await ledger.published(ledgerPeriodClosed),
    released: (await ledger.published(ledgerHoldReleased)).map(({ amount_cents }) => amount_cents),
  }
}

describe('close-days', () => {
  test('closes a day that is over: dates, holds, balances, interest and trial balance, each step told', async (t) => {
    const ledger = await openLedgerTest(t)
    const asked: object[] = []
    ledger.peer(accrueInterest, ({ body }) => {
      asked.push(body)
      return body.cursor === undefined
        ? { accrued: 2, posted: 0, next_cursor: 'page 2' }
        : { accrued: 1, posted: 0, next_cursor: null }
    })
    const day = ledger.clock.bank.businessDate()
    const [a] = await business(ledger)
    await passDays(ledger, 1)
    const [run] = await runs(ledger)
    assert.deepEqual(
      run?.steps.map(({ step, status, items }) => [step, status, step === 'EXPIRE_HOLDS' ? 0 : items]),
      STEPS.map((step, i) => [step, 'DONE', [0, 0, 3, 3, 3, 0][i]]),
    )
    assert.deepEqual([run?.business_date, run?.status, run?.error], [day, 'COMPLETED', null])
    const about = { business_date: day, is_month_end: isMonthEnd(day) }
    assert.deepEqual(asked, [about, { ...about, cursor: 'page 2' }])
    const [open, over] = await periods(ledger)
    assert.deepEqual([open?.period, open?.status, open?.currencies], [dayAfter(day), 'OPEN', []])
    assert.deepEqual(
      [over?.period, over?.status, over?.currencies],
      [day, 'CLOSED', [{ currency: 'EUR', entries: 6, debit_total: '1620', credit_total: '1620', difference: '0' }]],
    )
    const [row] = await ledger.sql`select * from daily_balances where ledger_account_id = ${a as string}`
    assert.deepEqual(row, {
      ledger_account_id: a,
      business_date: day,
      opening_cents: 0n,
      debits_cents: 120n,
      credits_cents: 1_000n,
      closing_cents: 880n,
      entry_count: 2n,
      last_sequence: 2n,
    })
    assert.deepEqual(await ledger.published(ledgerPeriodClosed), [{ period: day, ...about }])
    assert.deepEqual(await ledger.published(reconciliationFailed), [])
    await ledger.assertBooksAddUp()
  })

  test('what is booked while interest accrues is in the next day', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    const day = ledger.clock.bank.businessDate()
    const booked: unknown[] = []
    ledger.peer(accrueInterest, async ({ body }) => {
      if (body.business_date === day) {
        const value = { business_event: 'INTEREST', value_date: day }
        const { business_date, value_date } = await ledger.post({
          from: 'INTEREST_PAYABLE',
          to: id,
          cents: 1n,
          ...value,
        })
        booked.push([business_date, value_date])
      }
      return { accrued: 1, posted: 1, next_cursor: null }
    })
    await passDays(ledger, 2)
    assert.deepEqual(booked, [[dayAfter(day), day]])
    const rows =
      await ledger.sql`select business_date, closing_cents from daily_balances where ledger_account_id = ${id} order by 1`
    assert.deepEqual(
      Array.from(rows, (row) => [row.business_date, row.closing_cents]),
      [
        [day, 10n],
        [dayAfter(day), 11n],
      ],
    )
    await ledger.assertBooksAddUp()
  })

  test('waits for account-service with its error shown, goes on at the page where it stood, and closes the days behind it', async (t) => {
    const ledger = await openLedgerTest(t)
    const cursors: (string | undefined)[] = []
    let isAway = true
    ledger.peer(accrueInterest, ({ body: { cursor } }) => {
      cursors.push(cursor)
      if (cursor === undefined) return { accrued: 5, posted: 0, next_cursor: 'second' }
      if (isAway) throw new Fault('account-service does not answer')
      return { accrued: 2, posted: 0, next_cursor: null }
    })
    await ledger.openAccount({ balance_cents: 10n })
    ledger.clock.advance(2 * DAY_MS)
    const stuck = await eventually(async () => {
      const [run] = await runs(ledger)
      return run?.status === 'STUCK' ? run : false
    })
    assert.deepEqual(
      [stuck.error, stuck.steps[3]?.status, stuck.steps[4]?.status],
      ['account-service does not answer', 'RUNNING', 'PENDING'],
    )
    await eventually(() => cursors.length > 3)
    isAway = false
    await passDays(ledger, 0)
    assert.deepEqual(cursors.filter((cursor) => cursor === undefined).length, 2, 'one for each day')
    assert.deepEqual(
      (await runs(ledger)).map(({ status, error, steps }) => [status, error, steps[3]?.items]),
      [
        ['COMPLETED', null, 7],
        ['COMPLETED', null, 7],
      ],
    )
  })

  test('killed inside every step and at its commit, it ends as if nothing had happened', async (t) => {
    const calm = await openLedgerTest(t)
    const expected = await (async () => {
      const ids = await business(calm)
      await passDays(calm, 1)
      return leftBy(calm, ids)
    })()
    const ledger = await openLedgerTest(t)
    const ids = await business(ledger)
    // A sequence is not rolled back, so each step fails twice, wherever it stands, and then passes; some by the death of their connection.
    await ledger.owner.unsafe(`
      ${STEPS.map((step) => `create sequence kills_${step}; grant usage on sequence kills_${step} to public;`).join('\n')}
      create function kill() returns trigger language plpgsql as $$
      declare n bigint := nextval('kills_' || new.step);
      begin
        if n = tg_argv[0]::bigint then raise exception 'killed'; end if;
        if n = tg_argv[0]::bigint + 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
        return new;
      end $$;
      create trigger kill_inside before insert or update on end_of_day_steps for each row execute function kill('1');
      create constraint trigger kill_at_commit after insert or update on end_of_day_steps deferrable initially deferred
        for each row execute function kill('4')`)
    await passDays(ledger, 1)
    assert.deepEqual(await leftBy(ledger, ids), expected)
    for (const step of STEPS) {
      const [row] = await ledger.owner<
        { n: bigint }[]
      >`select last_value as n from ${ledger.owner(`kills_${step.toLowerCase()}`)}`
      assert.ok((row?.n ?? 0n) >= 6n, `${step} was killed three times and more`)
    }
    await ledger.assertBooksAddUp()
  })

  test('a balance changed behind the ledger is told and recorded, and the day closes', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.sql`update ledger_accounts set ledger_balance_cents = 101 where ledger_account_id = ${id}`
    await passDays(ledger, 1)
    const [row, ...more] = await ledger.sql`select run_id, status, accounts from reconciliations where scope = 'DAY'`
    assert.deepEqual([row?.status, row?.accounts, more], ['FAILED', 2n, []])
    const told = await ledger.published(reconciliationFailed)
    assert.deepEqual(
      told.filter((one) => one.run_id === row?.run_id),
      [{ run_id: row?.run_id, account_id: id, cached_cents: 101n, computed_cents: 100n }],
    )
    assert.equal((await runs(ledger))[0]?.status, 'COMPLETED')
  })

  test('a posting that meets the cut-off is in exactly one day', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(Array.from({ length: 6 }, () => ledger.openAccount({ balance_cents: 10_000n })))
    const at = (i: number): string => ids[i % ids.length] as string
    const day = ledger.clock.bank.businessDate()
    let isOver = false
    const posted: Promise<unknown>[] = []
    const posting = (async () => {
      for (let i = 0; !isOver; i++) {
        posted.push(ledger.post({ from: at(i), to: at(i + 1 + (i % 4)), cents: 1n }))
        if (i % 20 === 19) await posted.at(-1)
      }
    })()
    await eventually(() => posted.length > 100)
    await passDays(ledger, 3)
    isOver = true
    await posting
    await Promise.all(posted)
    await ledger.assertBooksAddUp()
    const rows = await ledger.sql<{ business_date: string; n: number }[]>`
      select business_date, count(*)::int as n from journal_transactions group by 1 order by 1`
    assert.equal(rows[0]?.business_date, day)
    assert.ok(rows.length >= 2, 'something was booked on more days than one')
    assert.equal(
      rows.reduce((sum, row) => sum + row.n, 0),
      posted.length + ids.length,
    )
  })

  test('the cut-off waits for a booking under way, which is in the day that it began in', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.owner.unsafe(`
      create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$;
      create trigger linger before insert on journal_transactions for each row when (new.description = 'slow') execute function linger()`)
    const day = ledger.clock.bank.businessDate()
    const slow = ledger.post({ from: id, to: 'CASH', cents: 1n, description: 'slow' })
    await eventually(async () => {
      const rows = await ledger.sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
      return rows.length > 0
    })
    await passDays(ledger, 1)
    assert.equal((await slow).business_date, day)
    await ledger.assertBooksAddUp()
    const [row] = await ledger.sql`select closing_cents from daily_balances where ledger_account_id = ${id}`
    assert.equal(row?.closing_cents, 99n)
  })

  test('over days of random postings each day ends with the sums of its entries and a trial balance of zero', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(Array.from({ length: 4 }, () => ledger.openAccount({ balance_cents: 5_000n })))
    const usd = await ledger.openAccount({ currency: 'USD', balance_cents: 100n })
    const index = fc.integer({ min: 0, max: 3 })
    const act = fc.record({ from: index, to: index, cents: fc.bigInt({ min: 1n, max: 900n }), isUsd: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(act, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (days) => {
        for (const acts of days) {
          await Promise.allSettled(
            acts.map(({ from, to, cents, isUsd }) =>
              isUsd
                ? ledger.post({ from: 'CASH', to: usd, cents, currency: 'USD' })
                : ledger.post({ from: ids[from] as string, to: ids[to] as string, cents }),
            ),
          )
          await passDays(ledger, 1)
        }
        await ledger.assertBooksAddUp()
        for (const { currencies } of await periods(ledger))
          for (const total of currencies) assert.equal(total.difference, '0')
      }),
      { numRuns: 6 },
    )
    assert.ok((await periods(ledger)).length > 6)
  })
})
