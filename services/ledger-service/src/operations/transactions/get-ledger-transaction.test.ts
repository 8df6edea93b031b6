import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listAccountsOfUser, resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerTransaction } from '#contracts/api/ledger.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { type LedgerTest, openLedgerTest, passDays, refusalOf, transactions } from '../../../testing/ledger-test.ts'

const seen = async (ledger: LedgerTest, caller: Caller, ledger_transaction_id: string, query: object = {}) =>
  (await ledger.call(getLedgerTransaction, { params: { ledger_transaction_id }, query }, caller)).reply

/** A page of a user's accounts, as account-service answers it. */
function accountsPage(ids: readonly string[], hasMore = false): ReplyOf<typeof listAccountsOfUser> {
  const items = ids.map((account_id) => ({ account_id }) as ReplyOf<typeof listAccountsOfUser>['items'][number])
  return { items, next_cursor: hasMore ? (ids.at(-1) ?? null) : null }
}

describe('getLedgerTransaction', () => {
  test('answers staff with all of it, and payer and payee with their own side; for others it is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 5n }), await ledger.openAccount()]
    const [payer, payee] = [aCustomer(), aCustomer()]
    ledger.peer(resolveAccounts, ownedBy({ [a]: payer.customer_id as string, [b]: payee.customer_id as string }))
    const { hold_id } = await ledger.placeHold({ ledger_account_id: a, amount_cents: 5n })
    const booked = await ledger.post({ from: a, to: b, cents: 5n, hold_id, metadata: { 'risk.score': '9' } })
    const side = { amount_cents: 5n, currency: 'EUR' }
    const paid = { ...booked, metadata: null, postings: [{ debit_account_id: a, credit_account_id: null, ...side }] }
    const received = { ...paid, hold_id: null, postings: [{ debit_account_id: null, credit_account_id: b, ...side }] }
    assert.equal(paid.hold_id, hold_id)
    for (const [caller, shown] of [
      [payer, paid],
      [payee, received],
      [aStaffMember('compliance'), booked],
      [transactions, booked],
    ] as const) {
      assert.deepEqual(await seen(ledger, caller, booked.ledger_transaction_id), shown)
      assert.deepEqual(getLedgerTransaction.shapes.reply.errorsInside(shown), [])
    }
    assert.equal(await refusalOf(seen(ledger, aCustomer(), booked.ledger_transaction_id)), 'NOT_FOUND')
    assert.equal(await refusalOf(seen(ledger, payer, newId())), 'NOT_FOUND')
    ledger.peer(listAccountsOfUser, () => {
      throw new Problem({ code: 'USER_NOT_FOUND', status: 404, title: '' })
    })
    assert.equal(await refusalOf(seen(ledger, aStaffMember('auditor'), newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
  })

  test('of a payroll each sees his own wage and its payer all of them, by its id and in his list', async (t) => {
    const ledger = await openLedgerTest(t)
    const [employer, ann, bob] = [aCustomer(), aCustomer(), aCustomer()]
    const firm = await ledger.openAccount({ balance_cents: 1_000n })
    const [her, his] = [await ledger.openAccount(), await ledger.openAccount()]
    const ownerOf = { [firm]: employer, [her]: ann, [his]: bob }
    const customers = Object.entries(ownerOf).map(([id, { customer_id }]) => [id, customer_id as string])
    ledger.peer(resolveAccounts, ownedBy(Object.fromEntries(customers)))
    ledger.peer(listAccountsOfUser, ({ params }) =>
      accountsPage(Object.keys(ownerOf).filter((id) => ownerOf[id]?.sub === params.user_id)),
    )
    const wages = { [her]: 301n, [his]: 402n }
    const booked = await ledger.post({
      metadata: { run: 'november' },
      postings: [
        ...Object.entries(wages).map(([credit, amount_cents]) => ({ debit: firm, credit, amount_cents })),
        { debit: firm, credit: 'FEE_INCOME', amount_cents: 7n },
      ],
    })
    for (const [id, caller] of Object.entries(ownerOf)) {
      const shown = (await seen(ledger, caller, booked.ledger_transaction_id)) as typeof booked
      const isPayer = id === firm
      assert.deepEqual(
        shown.postings.map((one) => [one.debit_account_id, one.credit_account_id, one.amount_cents]),
        isPayer ? [301n, 402n, 7n].map((cents) => [firm, null, cents]) : [[null, id, wages[id]]],
      )
      assert.equal(shown.metadata, null)
      const listed = await seen(ledger, caller, caller.sub as string)
      assert.ok('items' in listed)
      assert.deepEqual(listed.items[0], shown)
      const others = Object.keys(ownerOf).filter((other) => other !== id)
      const told = encode([shown, listed])
      assert.deepEqual(
        others.filter((other) => told.includes(other)),
        [],
      )
    }
    const staffs = await seen(ledger, aStaffMember('auditor'), ann.sub as string)
    assert.ok('items' in staffs)
    assert.deepEqual(staffs.items[0], booked)
  })

  test('shows the rate of an exchange to whoever has both sides of it, and else not what the other side had', async (t) => {
    const ledger = await openLedgerTest(t)
    const dollars = await ledger.openAccount({ balance_cents: 300n, currency: 'USD' })
    const euros = await ledger.openAccount()
    const exchange = { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9' }
    const { ledger_transaction_id } = await ledger.post({
      currency: 'USD',
      exchange,
      postings: [
        { debit: dollars, credit: 'FX_POSITION', amount_cents: 100n },
        { debit: 'FX_POSITION', credit: euros, amount_cents: 90n, currency: 'EUR' },
      ],
    })
    const [both, payer, payee] = [aCustomer(), aCustomer(), aCustomer()]
    for (const [caller, own, shown] of [
      [both, [dollars, euros], { currency: 'USD', exchange }],
      [payer, [dollars], { currency: 'USD', exchange: null }],
      [payee, [euros], { currency: 'EUR', exchange: null }],
    ] as const) {
      ledger.peer(resolveAccounts, ownedBy(Object.fromEntries(own.map((id) => [id, caller.customer_id as string]))))
      const reply = (await seen(ledger, caller, ledger_transaction_id)) as typeof shown
      assert.deepEqual({ currency: reply.currency, exchange: reply.exchange }, shown)
    }
  })

  test('lists all accounts of a user, however many he has, page by page; more than a list covers are refused', async (t) => {
    const ledger = await openLedgerTest(t)
    const accounts = Array.from({ length: 60 }, () => newId()).sort()
    await ledger.sql`
      insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
        overdraft_limit_cents, ledger_balance_cents, held_cents, entry_count, created_at)
      select id, 'CUSTOMER_DEPOSITS', '', 'LIABILITY', 'CREDIT', 'EUR', 'OPEN', 0, 0, 0, 0, 0, now()
      from unnest(${accounts}::uuid[]) as account (id)`
    let all = accounts
    ledger.peer(listAccountsOfUser, ({ query: { limit = 50, cursor } }) => {
      const rest = all.filter((id) => cursor === undefined || id > cursor)
      return accountsPage(rest.slice(0, Math.min(limit, 25)), rest.length > 25)
    })
    const said: string[] = []
    for (const [i, to] of [...accounts, ...accounts].entries()) {
      await ledger.post({ to, description: `${i}` })
      said.unshift(`${i}`)
    }
    const listed: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await seen(ledger, aStaffMember('auditor'), newId(), {
        limit: 7,
        ...(cursor === undefined ? {} : { cursor }),
      })
      assert.ok('items' in page)
      assert.deepEqual(getLedgerTransaction.shapes.reply.errorsInside(page), [])
      listed.push(...page.items.map((item) => item.description))
      cursor = page.next_cursor
      assert.deepEqual(getLedgerTransaction.shapes.query.errors(cursor === null ? {} : { cursor }), [])
    }
    assert.deepEqual(listed, said)
    all = Array.from({ length: 1_001 }, () => newId()).sort()
    assert.equal(await refusalOf(seen(ledger, aStaffMember('auditor'), newId())), 'TOO_MANY_ACCOUNTS')
  })

  test("lists what touched a user's accounts, newest first, each once, in pages; a stranger's are not there", async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b, other] = [await ledger.openAccount(), await ledger.openAccount(), await ledger.openAccount()]
    const owner = aCustomer()
    const user_id = owner.sub as string
    ledger.peer(listAccountsOfUser, ({ params }) => {
      if (params.user_id !== user_id) throw new Problem({ code: 'USER_NOT_FOUND', status: 404, title: '' })
      return accountsPage([a, b])
    })
    const said: string[] = []
    for (let i = 0; i < 9; i++) {
      const [from, to] = i % 3 === 0 ? ['CASH', a] : i % 3 === 1 ? [a, b] : ['CASH', b]
      said.unshift((await ledger.post({ from, to, cents: 1n, description: `${i}` })).description)
      await ledger.post({ to: other })
    }
    const read = async (caller: Caller, query: object, id = user_id) =>
      (await ledger.call(getLedgerTransaction, { params: { ledger_transaction_id: id }, query }, caller)).reply
    const listed: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await read(owner, cursor === undefined ? { limit: 2 } : { limit: 2, cursor })
      assert.ok('items' in page)
      assert.deepEqual(getLedgerTransaction.shapes.reply.errorsInside(page), [])
      listed.push(...page.items.map((item) => item.description))
      cursor = page.next_cursor
    }
    assert.deepEqual(listed, said)
    const whole = await read(aStaffMember('auditor'), {})
    assert.ok('items' in whole && whole.items.length === 9)
    assert.equal(await refusalOf(read(aCustomer(), {})), 'NOT_FOUND')
    assert.equal(await refusalOf(read(aStaffMember('auditor'), {}, newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
    for (const cursor of ['1.2.3', '2026-01-31.1.2.3', '2026-02-30.1', '2026-01-31'])
      assert.equal(await refusalOf(read(owner, { cursor })), 'CURSOR_WRONG')
  })

  test("lists what touched a user's accounts over days that are closed and open, each once, however a page falls on them", async (t) => {
    const ledger = await openLedgerTest(t)
    const accounts = [await ledger.openAccount(), await ledger.openAccount(), await ledger.openAccount()].sort()
    ledger.peer(listAccountsOfUser, () => accountsPage(accounts))
    const [often, seldom, once] = accounts as [string, string, string]
    const said: string[] = []
    const book = async (to: string, description: string) => {
      await ledger.post({ to, description })
      said.unshift(description)
    }
    await book(once, 'once')
    for (let day = 0; day < 6; day++) {
      for (let i = 0; i <= day % 3; i++) await book(often, `${day} often ${i}`)
      if (day % 2 === 0) await book(seldom, `${day} seldom`)
      if (day < 5) await passDays(ledger, 1)
    }
    for (const limit of [1, 2, 3, 7, 50]) {
      const listed: string[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const query = { limit, ...(cursor === undefined ? {} : { cursor }) }
        const page = await seen(ledger, aStaffMember('auditor'), newId(), query)
        assert.ok('items' in page)
        listed.push(...page.items.map((item) => item.description))
        // A place to begin looking at, and no more: a day that is far too early finds the same.
        cursor = limit === 3 ? (page.next_cursor?.replace(/^[0-9-]+/, '2020-01-01') ?? null) : page.next_cursor
      }
      assert.deepEqual(listed, said)
    }
  })
})
