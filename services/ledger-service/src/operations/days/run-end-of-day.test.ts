import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accrueInterest } from '#contracts/api/account.ts'
import { getEndOfDayRun, runEndOfDay } from '#contracts/api/ledger-days.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'

const DAY_MS = 86_400_000

describe('runEndOfDay', () => {
  test('closes a day that is over, as if a second had passed, and answers the last run when none is', async (t) => {
    const ledger = await openLedgerTest(t)
    const run = async () => (await ledger.call(runEndOfDay, {}, aStaffMember('operator'))).reply
    const day = ledger.clock.bank.businessDate()
    assert.equal(await refusalOf(run()), 'NO_DAY_OVER')
    ledger.clock.advance(DAY_MS)
    const begun = await run()
    assert.equal(begun.business_date, day)
    await passDays(ledger, 0)
    const done = await run()
    assert.deepEqual(
      [done.run_id, done.status, done.steps.every((step) => step.status === 'DONE')],
      [begun.run_id, 'COMPLETED', true],
    )
  })

  test('called by many at once there is one run, and one that waits is tried again now', async (t) => {
    const ledger = await openLedgerTest(t)
    let isAway = true
    ledger.peer(accrueInterest, () => {
      if (isAway) throw new Fault('away')
      return { accrued: 0, posted: 0, next_cursor: null }
    })
    const run = async () => (await ledger.call(runEndOfDay, {}, aStaffMember('operator'))).reply
    ledger.clock.advance(DAY_MS)
    const all = await Promise.all(Array.from({ length: 10 }, run))
    assert.equal(new Set(all.map((one) => one.run_id)).size, 1)
    const params = { run_id: all[0]?.run_id as string }
    const shown = async () => (await ledger.call(getEndOfDayRun, { params }, aStaffMember('auditor'))).reply
    await eventually(async () => (await shown()).status === 'STUCK')
    await ledger.sql`update end_of_day_runs set next_attempt_at = ${new Date(Date.now() + DAY_MS * 9)}`
    isAway = false
    await run()
    await eventually(async () => (await shown()).status === 'COMPLETED')
  })

  test('is for operators', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(runEndOfDay, {}, aStaffMember('auditor'))), 'FORBIDDEN')
  })
})
