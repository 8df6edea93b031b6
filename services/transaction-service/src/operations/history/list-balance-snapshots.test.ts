import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('listBalanceSnapshots', () => {
  test('shows each complete day of a period, one without movement with the last closing, to owners and staff only', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const account_id = bank.openAccount(ann)
    await bank.sql`insert into snapshot_days select generate_series('2026-03-01'::date, '2026-03-05', '1 day')`
    await bank.sql`
      insert into transaction_balance_snapshot (account_id, snapshot_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count)
      values (${account_id}, '2026-03-02', 0, 0, 70, 70, 1), (${account_id}, '2026-03-04', 70, 20, 0, 50, 2)`
    const list = async (query: { from: string; to: string }, caller = ann) =>
      (await bank.call(api.listBalanceSnapshots, { params: { account_id }, query }, caller)).reply.items.map(
        (day) => [day.snapshot_date.slice(8), day.opening_cents, day.closing_cents, day.entry_count] as const,
      )
    assert.deepEqual(await list({ from: '2026-02-01', to: '2026-12-31' }), [
      ['02', 0n, 70n, 1],
      ['03', 70n, 70n, 0],
      ['04', 70n, 50n, 2],
      ['05', 50n, 50n, 0],
    ])
    assert.deepEqual(await list({ from: '2026-03-03', to: '2026-03-03' }), [['03', 70n, 70n, 0]])
    assert.deepEqual(await list({ from: '2026-03-01', to: '2026-03-01' }, aStaffMember('support')), [])
    await assert.rejects(list({ from: '2026-03-02', to: '2026-03-01' }), refusedWith('PERIOD_WRONG'))
    await assert.rejects(list({ from: '2026-03-02', to: '2027-03-03' }), refusedWith('PERIOD_TOO_LONG'))
    await assert.rejects(list({ from: '2026-03-01', to: '2026-03-01' }, aCustomer()), refusedWith('NOT_FOUND'))
  })
})
