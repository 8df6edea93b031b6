import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeGlAccount, setGlMapping } from '#contracts/api/ledger-chart.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest } from '../../testing/ledger-test.ts'
import {
  bornAtYearsEnd,
  carryOut,
  closeWith,
  decide,
  periodAsItStands,
  propose,
  proposeClose,
  transactionOf,
} from '../../testing/proposals.ts'
import { holdPositions, sealAll } from '../../testing/sealed.ts'
import { accountIdOf } from '../own-accounts.ts'

const keeper = aStaffMember('admin')

/** Nothing that a condition holds for is written to a table, until what is returned is called. */
async function shut({ owner }: LedgerTest, table: string, condition = 'true'): Promise<() => Promise<unknown>> {
  await owner.unsafe(`
    create function refuse_for_now() returns trigger language plpgsql as $$ begin raise exception 'the gate is shut'; end $$;
    create trigger gate before insert on ${table} for each row when (${condition}) execute function refuse_for_now()`)
  return () => owner.unsafe(`drop trigger gate on ${table}; update ledger_proposals set next_attempt_at = null`)
}

const isPutOff = ({ sql }: LedgerTest, { proposal_id }: { proposal_id: string }) =>
  eventually(async () => {
    const [row] = await sql<{ is_put_off: boolean }[]>`
      select next_attempt_at is not null as is_put_off from ledger_proposals where proposal_id = ${proposal_id}`
    return row?.is_put_off === true
  }, 30_000)

const isClosed = (ledger: LedgerTest, period: string) =>
  eventually(async () => (await periodAsItStands(ledger, period)).status === 'CLOSED', 30_000)

/** A year with income, its last month closed. */
async function yearWithIncome(ledger: LedgerTest): Promise<string> {
  const { year, month, passNewYear } = await bornAtYearsEnd(ledger)
  const id = await ledger.openAccount({ balance_cents: 900n })
  await ledger.post({ from: id, to: 'FEE_INCOME', cents: 70n })
  await passNewYear()
  await closeWith(ledger, month)
  return year
}

describe('the closing of a period', () => {
  test('waits for the seals of what was booked when it began, however much is booked meanwhile', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await passNewYear()
    const open = await shut(ledger, 'accounting_period_lines')
    const made = await proposeClose(ledger, month)
    await decide(ledger, made)
    await isPutOff(ledger, made)
    await sealAll(ledger)
    // From here on the sealer never gets to the newest booking.
    const goOn = await holdPositions(ledger)
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    await open()
    await isClosed(ledger, month)
    await goOn()
  })

  test('says so where seals are long in coming, and keeps no other proposal waiting', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 900n })
    await passNewYear()
    const goOn = await holdPositions(ledger)
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    const made = await proposeClose(ledger, month)
    await decide(ledger, made)
    await eventually(async () => (await periodAsItStands(ledger, month)).status === 'CLOSING')
    ledger.clock.advance(10_000)
    await isPutOff(ledger, made)
    const other = await carryOut(
      ledger,
      await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 1n) }),
    )
    assert.equal(other.status, 'DONE')
    assert.equal((await periodAsItStands(ledger, month)).status, 'CLOSING')
    await goOn()
    await sealAll(ledger)
    await ledger.owner`update ledger_proposals set next_attempt_at = null`
    await isClosed(ledger, month)
  })

  test('waits while the line of results is out of use, and takes the one that is mapped instead', async (t) => {
    const ledger = await openLedgerTest(t)
    const year = await yearWithIncome(ledger)
    const result = { business_event: 'CLOSING', role: 'result' }
    await ledger.call(setGlMapping, { body: { ...result, gl_code: 'EQUITY' } }, keeper)
    await ledger.call(changeGlAccount, { params: { gl_code: 'EQUITY' }, body: { is_active: false } }, keeper)
    const made = await proposeClose(ledger, year)
    await decide(ledger, made)
    await isPutOff(ledger, made)
    assert.deepEqual(Array.from(await ledger.sql`select * from closing_entries`), [])
    await ledger.call(setGlMapping, { body: { ...result, gl_code: 'RETAINED_EARNINGS' } }, keeper)
    await ledger.owner`update ledger_proposals set next_attempt_at = null`
    await isClosed(ledger, year)
    assert.equal((await ledger.account(accountIdOf('RETAINED_EARNINGS', 'EUR'))).ledger_balance_cents, 70n)
    await ledger.assertBooksAddUp()
  })

  test('is not stopped by who takes the line of results out of use while it carries them over', async (t) => {
    const ledger = await openLedgerTest(t)
    const year = await yearWithIncome(ledger)
    const open = await shut(ledger, 'journal_transactions', "new.business_event = 'CLOSING'")
    const made = await proposeClose(ledger, year)
    await decide(ledger, made)
    await isPutOff(ledger, made)
    const params = { gl_code: 'RETAINED_EARNINGS' }
    await ledger.call(changeGlAccount, { params, body: { is_active: false } }, keeper)
    await open()
    await isClosed(ledger, year)
    const { ledger_balance_cents, state } = await ledger.account(accountIdOf('RETAINED_EARNINGS', 'EUR'))
    assert.deepEqual([ledger_balance_cents, state], [70n, 'FROZEN'])
    await ledger.assertBooksAddUp()
  })
})
