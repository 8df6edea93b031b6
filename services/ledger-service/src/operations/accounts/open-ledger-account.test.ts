import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLedgerAccount, setLedgerAccountOverdraft } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { accounts, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

const terms = (ledger_account_id: string) => ({
  ledger_account_id,
  gl_code: 'CUSTOMER_DEPOSITS' as const,
  currency: 'EUR',
  overdraft_limit_cents: 500n,
})

describe('openLedgerAccount', () => {
  test('opens an empty account under the id given, as what the bank owes a customer', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = newId()
    const { reply } = await ledger.call(openLedgerAccount, { body: terms(id) }, accounts)
    const { created_at, as_of, ...account } = reply
    assert.deepEqual(account, {
      ledger_account_id: id,
      gl_code: 'CUSTOMER_DEPOSITS',
      name: 'Deposits of a customer',
      account_type: 'LIABILITY',
      normal_side: 'CREDIT',
      currency: 'EUR',
      state: 'OPEN',
      overdraft_limit_cents: 500n,
      ledger_balance_cents: 0n,
      held_cents: 0n,
      available_balance_cents: 500n,
      entry_count: 0,
      daily_limit_cents: null,
      monthly_limit_cents: null,
      debited_today_cents: 0n,
      debited_month_cents: 0n,
    })
    assert.ok(Date.parse(created_at) <= Date.parse(as_of))
    assert.deepEqual(openLedgerAccount.shapes.reply.errorsInside(reply), [])
  })

  test('opens it frozen and with limits where asked: nothing moves until it is opened by order 1', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = newId()
    const body = { ...terms(id), state: 'FROZEN' as const, daily_limit_cents: 10n, monthly_limit_cents: 20n }
    const { reply } = await ledger.call(openLedgerAccount, { body }, accounts)
    assert.deepEqual([reply.state, reply.daily_limit_cents, reply.monthly_limit_cents], ['FROZEN', 10n, 20n])
    assert.equal(await refusalOf(ledger.post({ from: 'CASH', to: id, cents: 1n })), 'ACCOUNT_BLOCKED')
    await ledger.setState(id, 'OPEN', 1)
    await ledger.post({ from: 'CASH', to: id, cents: 1n })
    const again = await ledger.call(openLedgerAccount, { body }, accounts)
    assert.deepEqual([again.reply.state, again.reply.ledger_balance_cents], ['OPEN', 1n])
    const wrong = { ...terms(newId()), daily_limit_cents: -1n }
    assert.equal(await refusalOf(ledger.call(openLedgerAccount, { body: wrong }, accounts)), 'VALIDATION_FAILED')
  })

  test('opened again, even at once, answers the same account; other terms are refused', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = terms(newId())
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ledger.call(openLedgerAccount, { body }, accounts)),
    )
    assert.equal(new Set(answers.map(({ reply }) => reply.created_at)).size, 1)
    const [count] = await ledger.sql<{ n: number }[]>`select count(*)::int as n from ledger_accounts`
    assert.equal(count?.n, 1)
    for (const other of [{ currency: 'USD' }, { overdraft_limit_cents: 501n }]) {
      const again = ledger.call(openLedgerAccount, { body: { ...body, ...other } }, accounts)
      assert.equal(await refusalOf(again), 'LEDGER_ACCOUNT_DIFFERS')
    }
  })

  test('opened again after its overdraft was changed, answers the account as it is', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = terms(newId())
    const { ledger_account_id } = body
    await ledger.call(openLedgerAccount, { body }, accounts)
    const order = { overdraft_limit_cents: 900n, version: 1 }
    await ledger.call(setLedgerAccountOverdraft, { params: { ledger_account_id }, body: order }, accounts)
    const { reply } = await ledger.call(openLedgerAccount, { body }, accounts)
    assert.equal(reply.overdraft_limit_cents, 900n)
    const other = ledger.call(openLedgerAccount, { body: { ...body, currency: 'USD' } }, accounts)
    assert.equal(await refusalOf(other), 'LEDGER_ACCOUNT_DIFFERS')
  })

  test('refuses an unknown currency, a negative overdraft, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = terms(newId())
    const open = (other: object, caller = accounts) =>
      refusalOf(ledger.call(openLedgerAccount, { body: { ...body, ...other } }, caller))
    assert.equal(await open({ currency: 'XXX' }), 'VALIDATION_FAILED')
    assert.equal(await open({ overdraft_limit_cents: -1n }), 'VALIDATION_FAILED')
    assert.equal(await open({}, aCustomer()), 'FORBIDDEN')
  })

  test('an overdraft as large as can be is told as far as a number goes', async (t) => {
    const ledger = await openLedgerTest(t)
    const max = 9_007_199_254_740_991n
    const id = await ledger.openAccount({ overdraft_limit_cents: max, balance_cents: 10n })
    assert.equal((await ledger.account(id)).available_balance_cents, max)
    await ledger.post({ from: id, to: 'CASH', cents: 1_000n })
    assert.equal((await ledger.account(id)).ledger_balance_cents, -990n)
  })
})
