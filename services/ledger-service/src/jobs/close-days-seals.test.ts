import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listEndOfDayRuns } from '#contracts/api/ledger-days.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, passDays } from '../../testing/ledger-test.ts'
import { holdPositions, sealAll } from '../../testing/sealed.ts'

const DAY_MS = 86_400_000

const runs = async (ledger: LedgerTest) =>
  (await ledger.call(listEndOfDayRuns, {}, aStaffMember('operator'))).reply.items

describe('a day that waits for its seals', () => {
  test('a day that cannot be sealed is stuck, says by how much, and goes on when it can', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 100n })
    await sealAll(ledger)
    const goOn = await holdPositions(ledger)
    await ledger.openAccount({ balance_cents: 5n })
    ledger.clock.advance(DAY_MS)
    const stuck = await eventually(async () => {
      const [run] = await runs(ledger)
      return run?.status === 'STUCK' ? run : false
    })
    assert.match(
      stuck.error ?? '',
      /^the day is not sealed yet: 0 events wait for it, and [1-9]\d* for their position$/,
    )
    assert.equal(stuck.steps.find(({ step }) => step === 'SNAPSHOT')?.status, 'RUNNING')
    await goOn()
    await passDays(ledger, 0)
    assert.deepEqual([(await runs(ledger))[0]?.status, (await runs(ledger))[0]?.error], ['COMPLETED', null])
  })

  test('a day is closed while the next one is booked faster than it is sealed', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 100n })
    await ledger.owner.unsafe(`
      create table gate (is_open boolean); grant select on gate to public;
      create function wait_at_gate() returns trigger language plpgsql as $$
      begin if not exists (select from gate) then raise exception 'the gate is shut'; end if; return new; end $$;
      create trigger gate before insert on end_of_day_steps for each row when (new.step = 'EXPIRE_HOLDS') execute function wait_at_gate()`)
    const day = ledger.clock.bank.businessDate()
    ledger.clock.advance(DAY_MS)
    await eventually(async () => (await runs(ledger))[0]?.status === 'STUCK')
    await ledger.openAccount({ balance_cents: 7n })
    await sealAll(ledger)
    const goOn = await holdPositions(ledger)
    await ledger.owner`insert into gate values (true)`
    // What is booked now is never sealed while the day is being closed.
    await ledger.openAccount({ balance_cents: 9n })
    await passDays(ledger, 0)
    await goOn()
    const [row] =
      await ledger.sql`select closing_cents from daily_balances d join ledger_accounts using (ledger_account_id)
      where d.business_date = ${day} and gl_code = 'CASH'`
    assert.equal(row?.closing_cents, 100n)
    await sealAll(ledger)
    await ledger.assertBooksAddUp()
  })
})
