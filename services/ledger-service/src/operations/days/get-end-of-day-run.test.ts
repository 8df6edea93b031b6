import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getEndOfDayRun, listEndOfDayRuns } from '#contracts/api/ledger-days.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'

describe('getEndOfDayRun', () => {
  test('answers a run as the list does, with its steps in their order', async (t) => {
    const ledger = await openLedgerTest(t)
    await passDays(ledger, 1)
    const staff = aStaffMember('auditor')
    const [listed] = (await ledger.call(listEndOfDayRuns, {}, staff)).reply.items
    const params = { run_id: listed?.run_id as string }
    const { reply } = await ledger.call(getEndOfDayRun, { params }, staff)
    assert.deepEqual(reply, listed)
    assert.deepEqual(getEndOfDayRun.shapes.reply.errorsInside(reply), [])
    const times = reply.steps.map((step) => step.completed_at as string)
    assert.deepEqual(times, times.toSorted())
  })

  test('refuses a run that never was, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const get = (caller: ReturnType<typeof aCustomer>) =>
      refusalOf(ledger.call(getEndOfDayRun, { params: { run_id: newId() } }, caller))
    assert.deepEqual([await get(aStaffMember('operator')), await get(aCustomer())], ['RUN_NOT_FOUND', 'FORBIDDEN'])
  })
})
