import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import type { JobContext } from '#libs/service/service.ts'
import { openServiceTest } from '#libs/testing/service-test.ts'
import { aReservedTransfer, judged, setRule } from '../../testing/checks.ts'
import type { Own } from '../config.ts'
import { service } from '../service.ts'
import { pruneAccountActivity } from './prune-account-activity.ts'

const DAY_MS = 86_400_000

describe('prune-account-activity', () => {
  test('forgets what is older than the longest window of any rule, and keeps counting right', async (t) => {
    const bank = await openServiceTest(t, service)
    await setRule(bank, 'monthly', { measure: 'VELOCITY_COUNT', window_s: 2 * 86_400, threshold: 2, is_active: false })
    const context = { database: bank.runtime.database, clock: bank.clock } as unknown as JobContext<Own>
    const account_id = newId()
    const next = () => judged(bank, [aReservedTransfer({ account_id, amount_cents: 1n })])
    const left = async () =>
      (await bank.sql`select activity_number from account_activity order by 1`).map((row) => row.activity_number)
    await next()
    bank.clock.advance(DAY_MS)
    await next()
    await pruneAccountActivity.run(context)
    assert.deepEqual(await left(), [1n, 2n])
    bank.clock.advance(DAY_MS + 60_000)
    await pruneAccountActivity.run(context)
    assert.deepEqual(await left(), [2n])
    await setRule(bank, 'monthly', { measure: 'VELOCITY_COUNT', window_s: 2 * 86_400, threshold: 2 })
    const [third] = await next()
    const [fourth] = await next()
    assert.deepEqual([third?.decision, fourth?.reason_codes], ['ALLOW', ['monthly']])
  })
})
