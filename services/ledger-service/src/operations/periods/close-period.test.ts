import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listProposals } from '#contracts/api/ledger-proposals.ts'
import { getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import {
  ada,
  ben,
  bornAtYearsEnd,
  carryOut,
  closeWith,
  decide,
  periodAsItStands,
  propose,
  proposeAndCarryOut,
  proposeClose,
  transactionOf,
} from '../../../testing/proposals.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { shareBusinessDay } from '../../store/bank-clock.ts'

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
