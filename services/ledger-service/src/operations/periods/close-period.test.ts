import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeGlAccount, setGlMapping } from '#contracts/api/ledger-chart.ts'
import { listProposals } from '#contracts/api/ledger-proposals.ts'
import { getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { idMaker } from '#libs/ids/ids.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import {
  ada,
  ben,
  bornAtYearsEnd,
  carryOut,
  closeWith,
  decide,
  periodAsItStands,
  proposalAsItStands,
  propose,
  proposeAndCarryOut,
  proposeClose,
  transactionOf,
} from '../../../testing/proposals.ts'
import { holdPositions, sealAll } from '../../../testing/sealed.ts'
import type { Own } from '../../config.ts'
import { carryOutProposals } from '../../jobs/carry-out-proposals.ts'
import { accountIdOf } from '../../own-accounts.ts'
import { shareBusinessDay } from '../../store/bank-clock.ts'
import { newSealing } from '../../store/seals/sealer.ts'

/** What a second instance of the ledger has when it carries proposals out. */
function anotherInstance({ client, runtime, clock }: LedgerTest): Parameters<typeof carryOutProposals.run>[0] {
  const own = { know: () => {}, sealing: newSealing() } as unknown as Own
  const log = createLog({ service: 'ledger-service', level: 'fatal' })
  return { ...client, database: runtime.database, clock, own, log, mintId: idMaker() }
}

async function waitingForLocks({ sql }: LedgerTest): Promise<number> {
  const [row] = await sql<{ waiting: number }[]>`
    select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  return row?.waiting ?? 0
}

describe('closePeriod', () => {
  test('shuts a month once a second person approves: its trial balance is kept, and only adjustments go in', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, day, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await passNewYear()
    const made = await proposeClose(ledger, month)
    assert.deepEqual([made.kind, made.status, made.period], ['PERIOD_CLOSE', 'PENDING', month])
    await ledger.post({ from: id, to: 'CASH', cents: 50n, value_date: day })
    assert.equal((await carryOut(ledger, made)).status, 'DONE')
    assert.equal(await refusalOf(ledger.post({ from: id, to: 'CASH', cents: 1n, value_date: day })), 'PERIOD_CLOSED')
    await ledger.post({ from: id, to: 'CASH', cents: 1n })

    const closed = await ledger.published(ledgerPeriodClosed)
    assert.deepEqual(closed.at(-1), {
      period: month,
      kind: 'MONTH',
      business_date: closed.at(-2)?.period,
      is_month_end: false,
    })
    const period = await periodAsItStands(ledger, month)
    assert.deepEqual([period.status, period.proposed_by, period.approved_by], ['CLOSED', ada.sub, ben.sub])
    const [euros] = period.currencies
    assert.deepEqual(
      euros?.lines.map(({ gl_code, debits, credits }) => [gl_code, debits, credits]),
      [
        ['CASH', '900', '50'],
        ['CUSTOMER_DEPOSITS', '50', '900'],
      ],
    )
    assert.equal(euros?.result, '0')
    assert.ok(euros?.checks.every((check) => check.is_equal))
    assert.deepEqual(
      euros?.checks.map((check) => check.name),
      ['ASSETS_AND_CLAIMS', 'DEBITS_AND_CREDITS', 'LINES_AS_SEALED'],
    )
    await ledger.assertBooksAddUp()
  })

  test('an adjustment goes into the closed month under today, is linked, listed, and leaves the kept report as it was', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, day, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await passNewYear()
    const before = await closeWith(ledger, month)
    const transaction = transactionOf(id, 'CASH', 40n, day)
    assert.equal(await refusalOf(propose(ledger, { kind: 'TRANSACTION', transaction })), 'PERIOD_CLOSED')
    const today = transactionOf(id, 'CASH', 40n)
    assert.equal(await refusalOf(propose(ledger, { kind: 'ADJUSTMENT', transaction: today })), 'PERIOD_OPEN')
    const documents = ['INVOICE-9', 'MINUTES-2']
    const done = await proposeAndCarryOut(ledger, { kind: 'ADJUSTMENT', transaction, documents })
    assert.deepEqual([done.status, done.period, done.documents], ['DONE', month, documents])
    const [row] = await ledger.sql`
      select value_date, business_date, adjustment_id from journal_transactions
      where ledger_transaction_id = ${done.ledger_transaction_id}`
    assert.deepEqual(
      { ...row },
      { value_date: day, business_date: ledger.clock.bank.businessDate(), adjustment_id: done.proposal_id },
    )
    for (const period of [month, month.slice(0, 4)]) {
      const query = { kind: 'ADJUSTMENT' as const, period }
      const { items } = (await ledger.call(listProposals, { query }, aStaffMember('auditor'))).reply
      assert.deepEqual(
        items.map((item) => item.proposal_id),
        [done.proposal_id],
      )
    }
    assert.deepEqual(await periodAsItStands(ledger, month), { ...before, adjustments: 1 })
    // As of then it shows; as of then and known then, it never will.
    await sealAll(ledger)
    const cashOf = async (query: object) => {
      const as_of = `${month}-31`
      const { reply } = await ledger.call(getTrialBalance, { query: { as_of, ...query } }, aStaffMember('auditor'))
      return reply.currencies[0]?.lines.find((line) => line.gl_code === 'CASH')?.credits
    }
    assert.deepEqual([await cashOf({}), await cashOf({ known_at: before.known_at })], ['40', '0'])
    await ledger.assertBooksAddUp()
  })

  test('waits for whoever is booking: a month is not shut under a posting that was decided before', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, passNewYear } = await bornAtYearsEnd(ledger)
    await passNewYear()
    const made = await proposeClose(ledger, month)
    await ledger.owner.begin(async (booking) => {
      await shareBusinessDay(booking)
      await decide(ledger, made)
      await eventually(async () => {
        const [row] = await ledger.sql`
          select exists (select from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())) as is_waiting`
        return row?.is_waiting === true
      })
      assert.equal((await periodAsItStands(ledger, month)).status, 'OPEN')
    })
    await eventually(async () => (await periodAsItStands(ledger, month)).status === 'CLOSED', 30_000)
  })

  test('two instances that begin at once close it once, and the proposal is done', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, passNewYear } = await bornAtYearsEnd(ledger)
    await passNewYear()
    const made = await proposeClose(ledger, month)
    let second: Promise<void> | undefined
    await ledger.owner.begin(async (booking) => {
      await shareBusinessDay(booking)
      await decide(ledger, made)
      await eventually(async () => (await waitingForLocks(ledger)) === 1)
      second = carryOutProposals.run(anotherInstance(ledger))
      await eventually(async () => (await waitingForLocks(ledger)) === 2)
    })
    await second
    await eventually(async () => (await periodAsItStands(ledger, month)).status === 'CLOSED', 30_000)
    const { status, refusal_code } = await eventually(async () => {
      const now = await proposalAsItStands(ledger, made.proposal_id)
      return now.status === 'APPROVED' ? false : now
    })
    assert.deepEqual([status, refusal_code], ['DONE', null])
  })

  test('what an adjustment brings while a year is being closed is carried over too, in a round of its own', async (t) => {
    const ledger = await openLedgerTest(t)
    const { year, month, day, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 70n })
    await passNewYear()
    await closeWith(ledger, month)
    await ledger.owner.unsafe(`
      create table gate (is_open boolean); grant select on gate to public;
      create function wait_at_gate() returns trigger language plpgsql as $$
      begin if not exists (select from gate) then raise exception 'the gate is shut'; end if; return new; end $$;
      create trigger gate before insert on accounting_period_lines for each row execute function wait_at_gate()`)
    const made = await proposeClose(ledger, year)
    await decide(ledger, made)
    await eventually(async () => {
      const [row] = await ledger.sql`select step from accounting_periods where period = ${year}`
      return row?.step === 'REPORTS'
    })
    const transaction = transactionOf(id, 'FEE_INCOME', 40n, day)
    const adjusted = await proposeAndCarryOut(ledger, { kind: 'ADJUSTMENT', transaction })
    assert.equal(adjusted.status, 'DONE')
    await ledger.owner`insert into gate values (true)`
    await ledger.owner`update ledger_proposals set next_attempt_at = null`
    await eventually(async () => (await periodAsItStands(ledger, year)).status === 'CLOSED', 30_000)
    const { currencies, closing_transaction_ids } = await periodAsItStands(ledger, year)
    assert.equal(closing_transaction_ids.length, 2)
    assert.equal(currencies[0]?.result, '110')
    assert.ok(currencies[0]?.checks.every((check) => check.is_equal))
    assert.equal((await ledger.account(accountIdOf('RETAINED_EARNINGS', 'EUR'))).ledger_balance_cents, 110n)
    assert.equal((await ledger.account(accountIdOf('FEE_INCOME', 'EUR'))).ledger_balance_cents, 0n)
    await ledger.assertBooksAddUp()
  })

  test('says nothing before all that was booked is sealed, however long its events wait for a position', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, day, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await passNewYear()
    await sealAll(ledger)
    const goOn = await holdPositions(ledger)
    await ledger.post({ from: id, to: 'CASH', cents: 50n, value_date: day })
    await decide(ledger, await proposeClose(ledger, month))
    await eventually(async () => {
      const [row] = await ledger.sql`
        select s.horizon > p.settled_at as is_later from seal_state s, accounting_periods p where p.period = ${month}`
      return row?.is_later === true
    }, 30_000)
    // Approved later, so that when it is done the close was looked at once more.
    await proposeAndCarryOut(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 1n) })
    assert.equal((await periodAsItStands(ledger, month)).status, 'CLOSING')
    await goOn()
    await eventually(async () => (await periodAsItStands(ledger, month)).status === 'CLOSED', 30_000)
    const [euros] = (await periodAsItStands(ledger, month)).currencies
    assert.equal(euros?.lines.find((line) => line.gl_code === 'CASH')?.credits, '50')
  })

  test('begins where the close before it ended, and reads nothing of the days before', async (t) => {
    const ledger = await openLedgerTest(t)
    const { year, month, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 70n })
    await ledger.post({ from: id, to: 'CASH', cents: 5n, value_date: `${year}-12-31` })
    await ledger.post({ from: id, to: 'CASH', cents: 3n, value_date: `${Number(year) + 1}-02-01` })
    await passNewYear()
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 2n, value_date: `${year}-12-31` })
    await closeWith(ledger, month)
    const ahead =
      await ledger.sql`select value_date, gl_code, debits, credits from accounting_period_ahead order by gl_code`
    assert.deepEqual(
      ahead.map((row) => ({ ...row })),
      [
        { value_date: `${Number(year) + 1}-02-01`, gl_code: 'CASH', debits: '0', credits: '3' },
        { value_date: `${Number(year) + 1}-02-01`, gl_code: 'CUSTOMER_DEPOSITS', debits: '3', credits: '0' },
      ],
    )
    // Whoever read the first day again would miss what it moved.
    for (const table of ['gl_movements', 'gl_marks'])
      await ledger.owner.unsafe(`
        alter table ${table} disable trigger user; delete from ${table} where business_date = '${year}-12-30';
        alter table ${table} enable trigger user`)
    const { currencies } = await closeWith(ledger, year)
    assert.equal(currencies[0]?.result, '72')
    assert.ok(currencies[0]?.checks.every((check) => check.is_equal))
  })

  test('carries results over to the line that CLOSING is mapped to, from lines out of use too', async (t) => {
    const ledger = await openLedgerTest(t)
    const { year, month, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 70n })
    await passNewYear()
    const keeper = aStaffMember('admin')
    const params = { gl_code: 'FEE_INCOME' }
    await ledger.call(changeGlAccount, { params, body: { is_active: false } }, keeper)
    const body = { business_event: 'CLOSING', role: 'result', gl_code: 'EQUITY' }
    await ledger.call(setGlMapping, { body }, keeper)
    await closeWith(ledger, month)
    const { currencies } = await closeWith(ledger, year)
    assert.deepEqual(
      currencies[0]?.lines.map(({ gl_code, credits, period_credits }) => [gl_code, credits, period_credits]),
      [
        ['CASH', '0', '0'],
        ['CUSTOMER_DEPOSITS', '900', '900'],
        ['EQUITY', '70', '0'],
        ['FEE_INCOME', '70', '70'],
      ],
    )
    assert.equal((await ledger.account(accountIdOf('EQUITY', 'EUR'))).ledger_balance_cents, 70n)
    await ledger.assertBooksAddUp()
  })

  test('money that is reversed after its month was closed comes back under today', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    const { ledger_transaction_id } = await ledger.post({ from: id, to: 'CASH', cents: 40n })
    await passNewYear()
    await closeWith(ledger, month)
    const reversal = await ledger.reverse(ledger_transaction_id)
    assert.equal(reversal.value_date, ledger.clock.bank.businessDate())
    assert.equal((await ledger.account(id)).ledger_balance_cents, 900n)
  })

  test('refuses a period that is not over, closed, or proposed already, and whoever may not', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, passNewYear } = await bornAtYearsEnd(ledger)
    await ledger.openAccount({ balance_cents: 5n })
    assert.equal(await refusalOf(proposeClose(ledger, month)), 'PERIOD_NOT_OVER')
    assert.equal(await refusalOf(proposeClose(ledger, '1999-01')), 'PERIOD_NOT_FOUND')
    assert.equal(await refusalOf(proposeClose(ledger, month, aStaffMember('auditor'))), 'FORBIDDEN')
    await passNewYear()
    const made = await proposeClose(ledger, month)
    assert.equal(await refusalOf(proposeClose(ledger, month, ben)), 'PROPOSAL_PENDING')
    assert.equal(await refusalOf(decide(ledger, made, 'approve', ada)), 'OWN_PROPOSAL')
    assert.equal(await refusalOf(proposeClose(ledger, month.slice(0, 4))), 'EARLIER_PERIOD_OPEN')
    await decide(ledger, made, 'reject')
    await closeWith(ledger, month)
    assert.equal(await refusalOf(proposeClose(ledger, month)), 'PERIOD_ALREADY_CLOSED')
  })
})
