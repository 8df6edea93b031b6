import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { accrueInterest, freezeAccount, getAccountInterest } from '#contracts/api/account.ts'
import { getClosingBalances } from '#contracts/api/ledger.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { type AccountBank, openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { earningAccounts } from '../../store/interest-run.ts'

const LEDGER = aService('ledger-service')

function accrue(bank: AccountBank, business_date: string, is_month_end = false) {
  return bank.call(accrueInterest, { body: { business_date, is_month_end } }, LEDGER).then(({ reply }) => reply)
}

/** A savings account that was there before the days of the test, with 1,000.00 unless told. */
async function savings(bank: AccountBank, balance_cents = 100_000n, currency = 'EUR') {
  const account = await openAccount(bank, aCustomer(), { product_id: 'easy-savings', currency })
  await bank.owner`update accounts set opened_date = '2026-01-01' where account_id = ${account.account_id}`
  bank.ledger.of(account.account_id).ledger_balance_cents = balance_cents
  return account
}

async function month(t: TestContext, days: readonly string[]) {
  const bank = await openAccountBank(t)
  const { account_id, owner } = await savings(bank)
  for (const day of days) await accrue(bank, day, day === days.at(-1))
  return { bank, account_id, owner }
}

const JANUARY = Array.from({ length: 31 }, (_, i) => `2026-01-${String(i + 1).padStart(2, '0')}`)

describe('accrueInterest', () => {
  test('a month of 1,000.00 at 2 % pays 1.70: daily in the books, at its end on the account, and nothing stays owed', async (t) => {
    const { bank, account_id, owner } = await month(t, JANUARY)
    assert.equal(bank.ledger.of(account_id).ledger_balance_cents, 100_170n)
    assert.deepEqual(
      [...bank.ledger.own],
      [
        ['INTEREST_EXPENSE', -170n],
        ['INTEREST_PAYABLE', 0n],
      ],
    )
    const [payment, ...more] = bank.ledger.bookedAs('INTEREST')
    assert.equal(more.length, 0)
    assert.deepEqual([payment?.value_date, payment?.reference], ['2026-01-31', 'INT-2026-01'])
    const { reply } = await bank.call(getAccountInterest, { params: { account_id } }, owner)
    const [paid] = reply.paid
    assert.deepEqual(
      [reply.rate_ppm, reply.accrued_cents, reply.accrued_from, paid?.period, paid?.amount_cents],
      [20_000, 0n, null, '2026-01', 170n],
    )
    assert.ok(paid?.ledger_transaction_id)
    await accrue(bank, '2026-02-01')
    const next = (await bank.call(getAccountInterest, { params: { account_id } }, owner)).reply
    assert.deepEqual([next.accrued_cents, next.accrued_from, next.accrued_to], [5n, '2026-02-01', '2026-02-01'])
  })

  test('follows the balance at the end of each day and the rate of that day, exactly', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await savings(bank)
    const set = (day: string, cents: bigint) => bank.ledger.closing.set(`${account_id} ${day}`, cents)
    set('2026-01-01', 1_234_567n)
    set('2026-01-02', -50_000n)
    set('2026-01-03', 9_876_543n)
    await accrue(bank, '2026-01-01')
    await accrue(bank, '2026-01-02')
    await bank.owner`update products set interest_rate_ppm = 30000 where product_id = 'easy-savings'`
    await accrue(bank, '2026-01-03')
    const rows = await bank.sql`
      select business_date, balance_cents, rate_ppm, month_sum::text, accrued_cents from interest_accruals order by 1`
    // 12,345.67 × 2 % ÷ 365 = 0.676475…; nothing for a day below zero; 98,765.43 × 3 % ÷ 365 = 8.117706…
    assert.deepEqual(rows.map(Object.values), [
      ['2026-01-01', 1_234_567n, 20_000, '24691340000', 68n],
      ['2026-01-02', -50_000n, 20_000, '24691340000', 68n],
      ['2026-01-03', 9_876_543n, 30_000, '320987630000', 879n],
    ])
    assert.equal(bank.ledger.own.get('INTEREST_PAYABLE'), 879n)
    await bank.owner`update products set interest_rate_ppm = 0 where product_id = 'easy-savings'`
    await accrue(bank, '2026-01-31', true)
    assert.equal(bank.ledger.own.get('INTEREST_PAYABLE'), 0n)
    assert.equal((await accrue(bank, '2026-02-01')).accrued, 0)
  })

  test('a pending account earns nothing, a frozen one does, and one without interest has no line', async (t) => {
    const bank = await openAccountBank(t)
    const newcomer = aCustomer()
    bank.customers.set(newcomer.customer_id as string, { kyc_status: 'PENDING' })
    const pending = await openAccount(bank, newcomer, { product_id: 'easy-savings' })
    await bank.owner`update accounts set opened_date = '2026-01-01'`
    const frozen = await savings(bank)
    const params = { account_id: frozen.account_id }
    await bank.call(freezeAccount, { params, body: { reason: 'lost' } }, frozen.owner)
    await openAccount(bank)
    assert.deepEqual(await accrue(bank, '2026-01-05'), { accrued: 1, posted: 0, next_cursor: null })
    const rows = await bank.sql`select account_id from interest_accruals`
    assert.deepEqual([...rows], [{ account_id: frozen.account_id }])
    assert.equal(pending.status, 'PENDING')
  })

  test('goes page by page, by currency, and a page of hundreds is one posting a currency', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await savings(bank)
    await savings(bank, 100_000n, 'JPY')
    await bank.owner`
      insert into accounts (account_id, account_number, customer_id, product_id, account_type, currency, status, branch_id,
        overdraft_limit_cents, opened_date, version, created_by, created_at, updated_at)
      select uuidv7(), 'X' || n, customer_id, product_id, account_type, currency, status, branch_id, 0, opened_date, 1, created_by, created_at, updated_at
      from accounts, generate_series(1, 400) n where account_id = ${account_id}`
    for (const { account_id: id } of await bank.sql<{ account_id: string }[]>`select account_id from accounts`)
      if (!bank.ledger.accounts.has(id))
        bank.ledger.accounts.set(id, { ...bank.ledger.of(account_id), ledger_account_id: id })
    const body = { business_date: '2026-01-05', is_month_end: true }
    const first = (await bank.call(accrueInterest, { body }, LEDGER)).reply
    assert.deepEqual([first.accrued, first.posted], [300, 300])
    const cursor = first.next_cursor as string
    const second = (await bank.call(accrueInterest, { body: { ...body, cursor } }, LEDGER)).reply
    assert.deepEqual([second.accrued, second.next_cursor], [102, null])
    // 1,000.00 EUR and 100,000 JPY both earn 5 of their minor units in a day: 0.0547… EUR rounds to 5, 5.47… JPY too.
    assert.deepEqual(
      [bank.ledger.bookedAs('INTEREST_ACCRUAL').length, bank.ledger.bookedAs('INTEREST').length],
      [3, 402],
    )
    assert.equal(bank.ledger.own.get('INTEREST_EXPENSE'), -5n * 402n)
    assert.equal(bank.ledger.own.get('INTEREST_PAYABLE'), 0n)
    const wrong = bank.call(accrueInterest, { body: { ...body, cursor: 'x' } }, LEDGER)
    assert.equal(await refusalOf(wrong), 'VALIDATION_FAILED')
  })

  test('cut off anywhere, repeated, or run by two at once, a day is accrued and a month is paid once', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await savings(bank)
    const last = '2026-01-31'
    const failing = async (set: (fail: () => never) => void, mend: () => void) => {
      set(() => {
        throw new Fault('cut off')
      })
      await assert.rejects(accrue(bank, last, true), Fault)
      mend()
    }
    const { ledger } = bank
    bank.peer(getClosingBalances, () => {
      throw new Fault('cut off')
    })
    await assert.rejects(accrue(bank, last, true), Fault)
    ledger.play(bank)
    const nothing = () => {}
    await failing(
      (fail) => {
        ledger.beforePosting = fail
      },
      () => {
        ledger.beforePosting = nothing
      },
    )
    await failing(
      (fail) => {
        ledger.afterPosting = fail
      },
      () => {
        ledger.afterPosting = nothing
      },
    )
    await failing(
      (fail) => {
        ledger.afterPosting = ({ step }) => (step === 'pay' ? fail() : undefined)
      },
      () => {
        ledger.afterPosting = nothing
      },
    )
    // The ledger has booked everything, and the record of it is lost with its transaction.
    await bank.owner`alter table interest_postings add constraint cut_off check (ledger_transaction_id is null)`
    await assert.rejects(accrue(bank, last, true))
    await bank.owner`alter table interest_postings drop constraint cut_off`
    await Promise.all([accrue(bank, last, true), accrue(bank, last, true), accrue(bank, last, true)])
    await accrue(bank, last, true)
    assert.equal((await bank.sql`select 1 from interest_accruals`).length, 1)
    assert.deepEqual([...ledger.booked.values()].map(({ business_event }) => business_event).sort(), [
      'INTEREST',
      'INTEREST_ACCRUAL',
    ])
    assert.equal(ledger.of(account_id).ledger_balance_cents, 100_005n)
    assert.equal((await bank.sql`select 1 from interest_postings where ledger_transaction_id is null`).length, 0)
  })

  test('a payment that the ledger refuses stops neither the day nor others, and is tried again under another key the day after', async (t) => {
    const bank = await openAccountBank(t)
    const [full, other] = [await savings(bank), await savings(bank)]
    const refused = new Set<string>()
    bank.ledger.beforePosting = ({ step, transaction_id, postings: [posting] }) => {
      const isRefused = step === 'pay' && posting?.credit === full.account_id
      if (isRefused && (refused.size === 0 || refused.has(transaction_id))) {
        refused.add(transaction_id)
        throw new Problem({ code: 'BALANCE_OUT_OF_RANGE', status: 422, title: 'too much' })
      }
    }
    assert.deepEqual(await accrue(bank, '2026-01-31', true), { accrued: 2, posted: 1, next_cursor: null })
    const balances = () => [full, other].map(({ account_id }) => bank.ledger.of(account_id).ledger_balance_cents)
    assert.deepEqual(balances(), [100_000n, 100_005n])
    assert.deepEqual(await accrue(bank, '2026-02-01'), { accrued: 2, posted: 1, next_cursor: null })
    assert.deepEqual([balances(), refused.size], [[100_005n, 100_005n], 1])
    const paid = bank.ledger.bookedAs('INTEREST').map(({ reference, value_date }) => [reference, value_date])
    assert.deepEqual(paid, Array(2).fill(['INT-2026-01', '2026-01-31']))
    assert.equal(bank.ledger.own.get('INTEREST_PAYABLE'), 10n, 'the first day of February, for each')
  })

  test('a page is found without looking at the accounts that earn nothing', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await savings(bank)
    await openAccount(bank)
    await bank.owner`
      insert into accounts (account_id, account_number, customer_id, product_id, account_type, currency, status, branch_id,
        overdraft_limit_cents, opened_date, version, created_by, created_at, updated_at)
      select uuidv7(), 'X' || n, customer_id, product_id, account_type, currency, status, branch_id, 0, opened_date, 1, created_by, created_at, updated_at
      from accounts, generate_series(1, 30_000) n where product_id = 'everyday-checking'`
    await bank.owner`analyze accounts`
    await accrue(bank, '2026-12-30')
    const n = await bank.owner.begin(async (tx) => {
      const rows = await earningAccounts(tx as never, '2026-12-31', null)
      assert.deepEqual(
        rows.map((row) => row.account_id),
        [account_id],
      )
      const [row] = await tx<{ n: number }[]>`
        select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as n from pg_stat_xact_user_tables where relname = 'accounts'`
      return row?.n ?? 0
    })
    assert.ok(n < 100, `${n} rows were looked at`)
  })

  test('two at once from the start accrue once', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await savings(bank)
    await Promise.all(Array.from({ length: 6 }, () => accrue(bank, '2026-01-31', true)))
    assert.equal(bank.ledger.of(account_id).ledger_balance_cents, 100_005n)
    assert.equal(bank.ledger.own.get('INTEREST_PAYABLE'), 0n)
  })

  test('a day that is not over is refused, and nobody but the ledger may ask', async (t) => {
    const bank = await openAccountBank(t)
    await savings(bank)
    bank.ledger.isDayOver = () => false
    await assert.rejects(
      accrue(bank, '2026-01-05'),
      (error) => error instanceof Problem && error.kind.code === 'DAY_NOT_OVER',
    )
    const body = { business_date: '2026-01-05', is_month_end: false }
    assert.equal(await refusalOf(bank.call(accrueInterest, { body }, aStaffMember('operator'))), 'FORBIDDEN')
    assert.equal((await bank.sql`select 1 from interest_accruals`).length, 0)
  })
})
