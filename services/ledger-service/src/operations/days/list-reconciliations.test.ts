import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listReconciliations } from '#contracts/api/ledger-days.ts'
import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { tamper } from '../../../testing/verified.ts'
import { accountIdOf } from '../../own-accounts.ts'

describe('listReconciliations', () => {
  test('shows that of each day, newest first, page by page', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 5n })
    const days = await passDays(ledger, 3)
    const list = async (query: object) =>
      (await ledger.call(listReconciliations, { query }, aStaffMember('compliance'))).reply
    const all: Awaited<ReturnType<typeof list>>['items'] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list(cursor === undefined ? { limit: 2 } : { limit: 2, cursor })
      all.push(...page.items)
      cursor = page.next_cursor
    }
    assert.deepEqual(
      all
        .filter(({ scope }) => scope === 'DAY')
        .map(({ business_date, status, accounts }) => [business_date, status, accounts]),
      days.toReversed().map((day, i) => [day, 'PASSED', i === 2 ? 2 : 0]),
    )
    // Beside each day's own, everything is compared at night.
    const [nightly] = all.filter(({ scope }) => scope === 'FULL').slice(-1)
    assert.equal(nightly?.business_date, days[0])
  })

  test('shows which currencies of a day do not balance, and each is told', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 5n })
    await ledger.openAccount({ balance_cents: 7n, currency: 'USD' })
    await ledger.openAccount({ balance_cents: 9n, currency: 'GBP' })
    // Every account keeps what its entries give, so that nothing else is found.
    for (const [currency, more] of [
      ['EUR', 3],
      ['USD', -2],
    ] as const) {
      const id = accountIdOf('CASH', currency)
      await tamper(
        ledger,
        'entries',
        `update entries set signed_cents = signed_cents + ${more}, balance_cents = balance_cents + ${more} where ledger_account_id = '${id}'`,
      )
      await ledger.sql`
        update ledger_accounts set ledger_balance_cents = ledger_balance_cents + ${more} where ledger_account_id = ${id}`
    }
    await passDays(ledger, 1)
    const { items } = (await ledger.call(listReconciliations, {}, aStaffMember('auditor'))).reply
    const run = items.find(({ scope }) => scope === 'DAY')
    const unbalanced = [
      { currency: 'EUR', difference: '3' },
      { currency: 'USD', difference: '-2' },
    ]
    assert.deepEqual([run?.status, run?.differences, run?.unbalanced], ['FAILED', [], unbalanced])
    const told = (await ledger.published(reconciliationFailed)).filter(({ run_id }) => run_id === run?.run_id)
    assert.deepEqual(
      told.map(({ currency, cached_cents }) => ({ currency, difference: `${cached_cents}` })),
      unbalanced,
    )
  })

  test('refuses a wrong cursor, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller = aStaffMember('operator')) =>
      refusalOf(ledger.call(listReconciliations, { query }, caller))
    assert.equal(await list({ cursor: '1' }), 'CURSOR_WRONG')
    assert.equal(await list({}, aCustomer()), 'FORBIDDEN')
  })
})
