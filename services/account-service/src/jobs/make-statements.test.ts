import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getMonthlyStatement, listStatements } from '#contracts/api/account.ts'
import { getClosingBalances } from '#contracts/api/ledger.ts'
import { accountStatementReady } from '#contracts/events/account.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type AccountBank, openAccount, openAccountBank } from '../../testing/bank.ts'

const close = (bank: AccountBank, business_date: string, is_month_end: boolean) =>
  bank.receive(ledgerPeriodClosed, { period: business_date, business_date, is_month_end })
const isDone = async (bank: AccountBank, count: number) => {
  await eventually(async () => assert.equal((await bank.sql`select 1 from statements`).length, count))
  await eventually(async () => (await bank.sql`select 1 from statement_runs`).length === 0)
}

describe('make-statements', () => {
  test('a closed month leaves a statement on every open account, once, with an event; other days leave nothing', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const later = await openAccount(bank)
    const newcomer = aCustomer()
    bank.customers.set(newcomer.customer_id as string, { kyc_status: 'PENDING' })
    await openAccount(bank, newcomer)
    await bank.owner`update accounts set opened_date = '2026-04-10'`
    await bank.owner`update accounts set opened_date = '2026-05-20' where account_id = ${later.account_id}`
    const lines = [
      ['2026-04-30', 1_000n],
      ['2026-05-01', -300n],
      ['2026-05-31', 5n],
      ['2026-06-01', 1n],
    ] as const
    for (const [business_date, signed_cents] of lines) bank.ledger.enter(account_id, { business_date, signed_cents })
    close(bank, '2026-05-30', false)
    const id = close(bank, '2026-05-31', true)
    await isDone(bank, 2)
    bank.receive(ledgerPeriodClosed, { period: '2026-05-31', business_date: '2026-05-31', is_month_end: true }, id)
    close(bank, '2026-06-30', true)
    await isDone(bank, 4)
    const params = { account_id }
    const { items } = (await bank.call(listStatements, { params }, owner)).reply
    const { statement_id, created_at, ...may } = items[1] as (typeof items)[number]
    assert.ok(created_at)
    assert.deepEqual(may, {
      from: '2026-05-01',
      to: '2026-05-31',
      opening_balance_cents: 1_000n,
      closing_balance_cents: 705n,
      entry_count: 2,
    })
    const [first] =
      await bank.sql`select from_date from statements where account_id = ${later.account_id} order by to_date`
    assert.equal(first?.from_date, '2026-05-20')
    const ready = await bank.published(accountStatementReady)
    assert.equal(ready.length, 4)
    assert.deepEqual(
      ready.find((one) => one.statement_id === statement_id),
      { account_id, statement_id, from: '2026-05-01', to: '2026-05-31' },
    )
    const one = await bank.call(getMonthlyStatement, { params: { account_id, statement_id } }, owner)
    assert.deepEqual([one.reply.opening_balance_cents, one.reply.closing_balance_cents], [1_000n, 705n])
  })

  test('goes on after a fault, page by page, and makes each statement once', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    await bank.owner`update accounts set opened_date = '2026-04-10'`
    await bank.owner`
      insert into accounts (account_id, account_number, customer_id, product_id, account_type, currency, status, branch_id,
        overdraft_limit_cents, opened_date, version, created_by, created_at, updated_at)
      select uuidv7(), 'X' || n, customer_id, product_id, account_type, currency, status, branch_id, 0, opened_date, 1, created_by, created_at, updated_at
      from accounts, generate_series(1, 400) n where account_id = ${account_id}`
    let calls = 0
    bank.peer(getClosingBalances, ({ body }) => {
      calls += 1
      if (calls === 1 || calls === 4) throw new Fault('the ledger is away')
      return {
        items: body.ledger_account_ids.map((ledger_account_id) => ({
          ledger_account_id,
          balance_cents: 1n,
          entry_count: 1,
        })),
      }
    })
    close(bank, '2026-05-31', true)
    await isDone(bank, 401)
    assert.equal((await bank.published(accountStatementReady)).length, 401)
  })
})
