import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runReconciliation } from '#contracts/api/ledger-days.ts'
import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, passDays } from '../../testing/ledger-test.ts'
import { NO_ACCOUNT } from '../store/reconciliations.ts'

describe('what is compared at night', () => {
  test('debits that are not credits are told though no account differs', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.owner`alter table entries disable trigger user`
    await ledger.owner`update entries set signed_cents = 105, balance_cents = 105 where ledger_account_id = ${id}`
    await ledger.owner`alter table entries enable trigger user`
    await ledger.sql`update ledger_accounts set ledger_balance_cents = 105 where ledger_account_id = ${id}`
    await passDays(ledger, 1)
    const [row] = await ledger.sql`select run_id, status from reconciliations where scope = 'DAY'`
    assert.equal(row?.status, 'FAILED')
    const told = await ledger.published(reconciliationFailed)
    assert.deepEqual(
      told.filter((one) => one.run_id === row?.run_id),
      [{ run_id: row?.run_id, account_id: NO_ACCOUNT, cached_cents: -5n, computed_cents: 0n, currency: 'EUR' }],
    )
  })

  test('each night everything is compared, accounts that nobody uses and what they hold too', async (t) => {
    const ledger = await openLedgerTest(t)
    const [dormant, holding] = [
      await ledger.openAccount({ balance_cents: 100n }),
      await ledger.openAccount({ balance_cents: 100n }),
    ]
    await passDays(ledger, 1)
    const nightly = async () =>
      Array.from(await ledger.sql`select status, accounts from reconciliations where scope = 'FULL' order by run_id`)
    await eventually(async () => assert.deepEqual(await nightly(), [{ status: 'PASSED', accounts: 3n }]))
    await ledger.sql`update ledger_accounts set ledger_balance_cents = 101 where ledger_account_id = ${dormant}`
    await ledger.sql`update ledger_accounts set held_cents = 7 where ledger_account_id = ${holding}`
    await passDays(ledger, 1)
    await eventually(async () => assert.deepEqual((await nightly()).at(-1), { status: 'FAILED', accounts: 3n }))
    const told = (await ledger.published(reconciliationFailed)).map((one) => one.account_id)
    assert.deepEqual(new Set(told), new Set([dormant, holding]))
  })

  test('a comparison that lasts over the next night is not begun twice, and somebody may order one beside it', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 100n })
    // As if it went on: nobody can write down how it came out.
    await ledger.owner.unsafe(`
      create function hold_on() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger hold_on before update on reconciliations for each row when (old.is_nightly) execute function hold_on()`)
    await passDays(ledger, 2)
    const order = await ledger.call(runReconciliation, {}, aStaffMember('auditor'))
    const statuses = async () =>
      Array.from(await ledger.sql`select run_id, status from reconciliations where scope = 'FULL' order by is_nightly`)
    await eventually(async () => assert.equal((await statuses())[0]?.status, 'PASSED'))
    const [ordered, ...nightly] = await statuses()
    assert.equal(ordered?.run_id, order.reply.run_id)
    assert.deepEqual(
      nightly.map((run) => run.status),
      ['RUNNING'],
    )
  })
})
