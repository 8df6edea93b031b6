import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { postTransaction } from '#contracts/api/ledger.ts'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import type { Client } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { createClient } from '#libs/http/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { BEAN_CHECK, HLEDGER } from '#services/ledger-service/testing/programs.ts'
import { verifyOffline } from '#services/ledger-service/testing/verify.ts'
import { type Api, aKey, type NewPerson, type Reply } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

const DAY_MS = 86_400_000
const DEPOSIT = 100_000
const FIRST_DAY = [12_345, 6_001]
const SECOND_DAY = [2_500]
const FEE = 250
const ADJUSTED = 40

type Customer = NewPerson & { account_id: string; account_number: string }

/** What the books say can be proven by whoever holds a key, asked again for any moment, closed, and corrected only in the open. */
describe('the books of the ledger', () => {
  let bank: TestBank
  let api: Api
  let payer: Customer
  let payee: Customer
  let auditor: string
  let operator: string
  let officer: string
  /** The key that customers were given out of band. */
  let key = ''
  /** The business days on which the customers moved money. */
  const days: string[] = []

  before(async () => {
    bank = await openBank()
    api = bank.api
    const people = await Promise.all([api.newCustomer(), api.newCustomer()])
    ;[payer, payee] = people
    const staff = ['auditor', 'operator', 'officer'].map((name) => api.signIn(name))
    ;[auditor, operator, officer] = (await Promise.all(staff)) as [string, string, string]
    await api.deposit(await api.signIn('teller'), payer.account_id, DEPOSIT)
    for (const amounts of [FIRST_DAY, SECOND_DAY]) {
      days.push(await businessDate())
      for (const amount_cents of amounts) await transfer(amount_cents)
      await passTo(dayAfter(days.at(-1) as string))
    }
  })
  after(() => bank.close())

  test('a checkpoint is signed at the end of each day, and receipt, statement, series and export are proven with its key alone', async () => {
    const keys = await asked('/ledger/checkpoints/keys', payer.token)
    key = keys.items.find((item: { is_current: boolean }) => item.is_current).verifier_key
    const { items: signed } = await asked('/ledger/checkpoints', auditor)
    assert.deepEqual(signed.map((checkpoint: { business_date: string }) => checkpoint.business_date).toReversed(), days)
    for (const { kind, text, digit, broken } of await proofs()) {
      assert.deepEqual((await verifyOffline(kind, text, key)).broken, undefined, kind)
      const verdict = await verifyOffline(kind, withOneBitChanged(text, digit), key)
      assert.equal(verdict.valid, false, kind)
      assert.match(verdict.broken?.what ?? '', broken, kind)
    }
  })

  test('what was known then stays as it was to the byte, whatever is corrected later; what is known now shows it', async () => {
    const [day] = days as [string]
    const known = (await asked('/ledger/business-date', auditor)).bank_time as string
    const then = await eventually(() => answers(questions(day, known)))
    const now = await answers(questions(day))
    assert.equal(booked(now), DEPOSIT - sumOf(FIRST_DAY))

    const done = await carriedOut({
      kind: 'TRANSACTION',
      reason: 'the fee of the first day was forgotten',
      transaction: { ...content(payer.account_id, 'FEE_INCOME', FEE), value_date: day },
    })
    assert.equal(done.status, 'DONE', done.refusal_detail)
    await eventually(async () => assert.equal(income(await answers(questions(day))), String(FEE)))

    assert.deepEqual(await answers(questions(day, known)), then, 'a past answer has changed')
    assert.equal(income(then), '0')
    const corrected = await answers(questions(day))
    assert.equal(booked(corrected), DEPOSIT - sumOf(FIRST_DAY) - FEE)
    for (const report of [corrected.trial, corrected.sheet])
      for (const line of JSON.parse(report as string).currencies) assert.ok(line.is_balanced, line.currency)
    const before = await asked(`/ledger/accounts/${payer.account_id}/balance?as_of=${dayAfter(day, -1)}`, payer.token)
    assert.equal(before.ledger_balance_cents, 0, 'before the first day there was nothing')
    const today = await businessDate()
    const statement = await asked(statementOf(today, today), payer.token)
    assert.deepEqual(
      statement.items.map((entry: { value_date: string; signed_cents: number }) => [
        entry.value_date,
        entry.signed_cents,
      ]),
      [[day, -FEE]],
    )
  })

  test('a month that two people closed takes an approved adjustment and nothing else, and its file is accepted by the tools', async (t) => {
    const [day] = days as [string]
    const month = day.slice(0, 7)
    const early = await api.post(`/ledger/periods/${month}/close`, { reason: 'done' }, { token: operator })
    const [first, last] = [`${month}-01`, lastOf(month)]
    if ((await businessDate()) <= last) {
      assert.deepEqual([early.status, early.body.code], [409, 'PERIOD_NOT_OVER'])
      await passTo(dayAfter(last))
    }
    const closing = { token: operator, key: aKey() }
    const close = () => api.expect(201, api.post(`/ledger/periods/${month}/close`, { reason: 'all is there' }, closing))
    const [{ body: wanted, headers }, repeated] = [await close(), await close()]
    const place = headers.get('location') ?? ''
    assert.deepEqual([repeated.body, repeated.headers.get('location')], [wanted, place])
    assert.deepEqual(await asked(place.replace('/api/v1', ''), auditor), wanted, 'it says where it stands')
    const alone = await decided(wanted, operator)
    assert.deepEqual([alone.status, alone.body.code], [403, 'OWN_PROPOSAL'])
    await api.expect(202, decided(wanted, officer))
    const closed = await eventually(async () => {
      const period = await asked(`/ledger/periods/${month}`, auditor)
      assert.equal(period.status, 'CLOSED')
      return period
    }, 30_000)
    const again = await decided(wanted, officer)
    assert.deepEqual([again.body.code, again.body.status, again.body.proposal_status], ['NOT_PENDING', 409, 'DONE'])
    for (const { checks } of closed.currencies)
      for (const check of checks) assert.ok(check.is_equal, `${check.name}: ${check.left}, ${check.right}`)

    const still = await held(payer)
    const transaction = { ...content(payer.account_id, 'FEE_INCOME', ADJUSTED), value_date: day }
    const reason = 'found by the auditor'
    const late = await proposed({ kind: 'TRANSACTION', reason, transaction })
    assert.deepEqual([late.status, late.body.code], [422, 'PERIOD_CLOSED'])
    await assert.rejects(transactionService().call(postTransaction, { body: posting(day) }), isRefused('PERIOD_CLOSED'))
    assert.equal(await held(payer), still, 'nothing has moved')

    const adjustment = await carriedOut({ kind: 'ADJUSTMENT', reason, documents: ['AUDIT-7'], transaction })
    assert.deepEqual([adjustment.status, adjustment.period], ['DONE', month], adjustment.refusal_detail)
    assert.equal(await held(payer), still - ADJUSTED)
    assert.deepEqual(await asked(`/ledger/periods/${month}`, auditor), { ...closed, adjustments: 1 })
    const { items } = await asked(`/ledger/proposals?kind=ADJUSTMENT&period=${month}`, auditor)
    assert.deepEqual(
      items.map((item: { ledger_transaction_id: string }) => item.ledger_transaction_id),
      [adjustment.ledger_transaction_id],
    )
    await acceptedByTools(`from=${first}&to=${last}`, (line) => t.diagnostic(line))
  })

  test('a service books in bulk with an unknown account inside: none of it, or all but that, and the same bulk again books nothing', async () => {
    const { call } = transactionService()
    const [known, none] = [payee.account_id, newId()]
    const reference = `BULK-${aKey()}`
    const transactions = [known, none, known].map((to) => ({
      ...posting(undefined, reference),
      postings: [{ debit: 'CASH', credit: to, amount_cents: 70n }],
    }))
    const before = await held(payee)
    const statuses = async (mode: 'atomic' | 'each') => {
      const reply = await call(postInBulk, { body: { mode, transactions } })
      assert.equal(reply.first_refused, 1)
      assert.equal(reply.items[1]?.problem?.code, 'LEDGER_ACCOUNT_NOT_FOUND')
      return reply.items.map((item) => item.status)
    }
    assert.deepEqual(await statuses('atomic'), ['NOT_BOOKED', 'REFUSED', 'NOT_BOOKED'])
    assert.equal(await held(payee), before)
    assert.deepEqual(await statuses('each'), ['BOOKED', 'REFUSED', 'BOOKED'])
    assert.deepEqual(await statuses('each'), ['REPLAYED', 'REFUSED', 'REPLAYED'])
    assert.equal(await held(payee), before + 140)
    const { items } = await asked(`/ledger/transactions?reference=${reference}`, auditor)
    assert.equal(items.length, 2)
  })

  test("a customer's euros become dollars at a rate, to its last unit", async () => {
    const { account_id: dollars } = await api.openAccount(payer.token, { currency: 'USD' })
    await eventually(async () =>
      assert.equal((await api.get(`/accounts/${dollars}`, { token: payer.token })).body.status, 'ACTIVE'),
    )
    const before = await held(payer)
    const exchange = (sold: number, bought: number) =>
      carriedOut({
        kind: 'TRANSACTION',
        reason: 'she asked for dollars at the counter',
        transaction: {
          ...content(payer.account_id, 'FX_POSITION', sold),
          business_event: 'EXCHANGE',
          postings: [
            { debit: payer.account_id, credit: '@position', amount_cents: sold },
            { debit: '@position', credit: dollars, amount_cents: bought, currency: 'USD' },
          ],
          exchange: { sell_currency: 'EUR', buy_currency: 'USD', rate: '1.0005' },
        },
      })
    // 1,000 × 1.0005 = 1,000.5 and 3,000 × 1.0005 = 3,001.5: half a unit goes to the even one.
    for (const [sold, bought] of [
      [1_000, 1_001],
      [3_000, 3_001],
      [3_000, 3_003],
    ] as const) {
      const refused = await exchange(sold, bought)
      assert.deepEqual([refused.status, refused.refusal_code], ['REFUSED', 'EXCHANGE_WRONG'])
    }
    for (const [sold, bought] of [
      [1_000, 1_000],
      [3_000, 3_002],
    ] as const)
      assert.equal((await exchange(sold, bought)).status, 'DONE')
    const balances = await Promise.all([payer.account_id, dollars].map((id) => api.balance(payer.token, id)))
    assert.deepEqual(
      balances.map(({ body }) => body.ledger_balance_cents),
      [before - 4_000, 4_002],
    )
    const { items } = await asked('/ledger/accounts?gl_code=FX_POSITION', auditor)
    const positions = items.map((line: { currency: string; ledger_balance_cents: number }) => [
      line.currency,
      line.ledger_balance_cents,
    ])
    assert.deepEqual(Object.fromEntries(positions), { EUR: -4_000, USD: 4_002 })
  })

  test('an entry that the owner of the database changed past all triggers is found and named', async () => {
    const intact = await verification()
    assert.deepEqual([intact.status, intact.broken], ['INTACT', null])
    const beyond = await api.post('/ledger/verification', { from_seal: intact.to_seal + 900 }, { token: auditor })
    assert.deepEqual([beyond.status, beyond.body.code], [404, 'NOTHING_SEALED'])
    assert.match(beyond.body.detail, /seals 1 to \d+/)
    const owner = bank.sql('ledger-service', 'owner')
    const { items } = await asked(`/ledger/accounts/${payee.account_id}/entries?order=oldest&limit=1`, auditor)
    const [{ entry_id, sequence }] = items
    const place = `ledger_account_id = '${payee.account_id}' and sequence = ${sequence}`
    await assert.rejects(owner.unsafe(`update entries set signed_cents = signed_cents + 1 where ${place}`))
    await owner.unsafe('alter table entries disable trigger user')
    await owner.unsafe(`update entries set signed_cents = signed_cents + 1 where ${place}`)
    await owner.unsafe('alter table entries enable trigger user')
    const { status, broken } = await verification()
    assert.equal(status, 'BROKEN')
    assert.deepEqual(broken, {
      seal_no: broken.seal_no,
      what: `entry ${entry_id}: signed_cents`,
      expected: String(FIRST_DAY[0]),
      found: String((FIRST_DAY[0] as number) + 1),
    })
  })

  /** The payer sends the payee money. */
  async function transfer(amount_cents: number): Promise<void> {
    const wish = {
      source_account_id: payer.account_id,
      destination_account_number: payee.account_number,
      amount_cents,
      currency: 'EUR',
      description: 'Rent',
    }
    const sent = api.pay(wish, { token: payer.token })
    const { transaction_id } = (await api.expect(202, sent)).body
    assert.equal((await api.ended(payer.token, transaction_id)).status, 'COMPLETED')
  }

  async function businessDate(): Promise<string> {
    return (await api.get('/sandbox/clock')).body.business_date
  }

  /** Time goes on to the morning of a day; each day on the way is closed. */
  async function passTo(date: string): Promise<void> {
    await api.expect(200, api.post('/sandbox/clock', { to: `${date}T08:00:00Z` }))
    await eventually(async () => {
      const { body } = await api.get('/sandbox/clock')
      assert.deepEqual([body.business_date, body.moving_to], [date, null])
      const { items } = await asked('/ledger/end-of-day?limit=1', operator)
      assert.equal(items[0].status, 'COMPLETED')
      await sleep(20)
    }, 180_000)
  }

  /** What a customer has in the first account, booked. */
  async function held({ token, account_id }: Customer): Promise<number> {
    return (await api.balance(token, account_id)).body.ledger_balance_cents
  }

  /** A question with its answer, for whoever may ask it. */
  async function asked(path: string, token: string): Promise<Reply['body']> {
    return (await api.expect(200, api.get(path, { token }))).body
  }

  /** An answer as it is written. */
  async function text(path: string, token = auditor): Promise<string> {
    const response = await fetch(`${bank.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    const written = await response.text()
    assert.equal(response.status, 200, written)
    return written
  }

  function statementOf(from: string, to: string): string {
    return `/ledger/accounts/${payer.account_id}/statement?from=${from}&to=${to}`
  }

  /** What the bank hands out as proof, a digit in each, and what the tool says when one bit of that is changed. */
  async function proofs() {
    const { items } = await asked(`/ledger/accounts/${payer.account_id}/entries`, payer.token)
    const mine = `/ledger/proofs/entries/${items[0].entry_id}`
    const foreign = await api.get(mine, { token: payee.token })
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'NOT_FOUND'])
    const statement = `/ledger/proofs/accounts/${payer.account_id}/statement?from=${days[0]}&to=${days[1]}`
    return [
      {
        kind: 'receipt',
        text: await text(mine, payer.token),
        digit: /"amount_cents":\d*(\d)/d,
        broken: /inclusion_proof/,
      },
      {
        kind: 'statement',
        text: await text(statement, payer.token),
        digit: /"closing_balance_cents":\d*(\d)/d,
        broken: /closing_balance_cents/,
      },
      {
        kind: 'checkpoints',
        text: await text('/ledger/checkpoints/series'),
        digit: /"consistency_proof":\["[a-f]*(\d)/d,
        broken: /consistency_proof/,
      },
      {
        kind: 'export',
        text: await text('/ledger/export/proof'),
        digit: /"amount_cents":\d*(\d)/d,
        broken: /amount_cents|hash/,
      },
    ] as const
  }

  /** Every kind of question about a day in the past: as of it, and as known at a moment where one is given. */
  function questions(day: string, known_at?: string): Record<string, string> {
    const known = known_at === undefined ? '' : `&known_at=${known_at}`
    const account = `/ledger/accounts/${payer.account_id}`
    return {
      balance: `${account}/balance?as_of=${day}${known}`,
      statement: `${statementOf(day, days[1] as string)}${known}`,
      history: `${account}/entries?basis=value${known}`,
      trial: `/ledger/reports/trial-balance?as_of=${day}${known}`,
      sheet: `/ledger/reports/balance-sheet?as_of=${day}${known}`,
      income: `/ledger/reports/income-statement?from=${day}&to=${day}${known}`,
      detail: `/ledger/reports/general-ledger?gl_code=CUSTOMER_DEPOSITS&currency=EUR&from=${day}&to=${day}&basis=value${known}`,
      journal: `/ledger/export?from=${day}&to=${dayAfter(day, 5)}${known}`,
    }
  }

  async function answers(asking: Record<string, string>): Promise<Record<string, string>> {
    const pairs = Object.entries(asking).map(async ([name, path]) => [name, await text(path)] as const)
    return Object.fromEntries(await Promise.all(pairs))
  }

  function proposed(body: object): Promise<Reply> {
    return api.post('/ledger/proposals', body, { token: operator, key: aKey() })
  }

  function decided({ proposal_id }: { proposal_id: string }, token: string): Promise<Reply> {
    return api.post(`/ledger/proposals/${proposal_id}/approve`, { reason: 'looked at the papers' }, { token })
  }

  /** The operator proposes, the officer approves, the ledger does it or says why not. */
  async function carriedOut(body: object): Promise<Reply['body']> {
    const proposal = (await api.expect(201, proposed(body))).body
    await api.expect(202, decided(proposal, officer))
    return eventually(async () => {
      const now = await asked(`/ledger/proposals/${proposal.proposal_id}`, operator)
      return now.status === 'APPROVED' ? false : now
    })
  }

  /** The ledger as transaction-service asks it. */
  function transactionService(): Client {
    return createClient('transaction-service', (operation) => bank.bank.executorOf(operation), {
      call: nobody,
      callMany: nobody,
    })
  }

  function posting(value_date?: string, reference = 'LATE'): InputOf<typeof postTransaction>['body'] {
    const postings = [{ debit: payer.account_id, credit: payee.account_id, amount_cents: 1n }]
    const words = { business_event: 'TRANSFER', reference, description: 'Rent', currency: 'EUR' }
    return {
      transaction_id: newId(),
      step: 'post',
      ...words,
      postings,
      ...(value_date === undefined ? {} : { value_date }),
    }
  }

  /** The auditor has everything computed anew. */
  async function verification(): Promise<Reply['body']> {
    const { verification_id } = (await api.expect(201, api.post('/ledger/verification', {}, { token: auditor }))).body
    return eventually(async () => {
      const now = await asked(`/ledger/verification/${verification_id}`, auditor)
      return now.status === 'RUNNING' ? false : now
    }, 30_000)
  }

  /** The period as double-entry text, given to whichever of the programs is installed; it asserts the balance of every line by itself. */
  async function acceptedByTools(period: string, say: (line: string) => void): Promise<void> {
    const tools = [
      { format: 'hledger', program: HLEDGER, words: ['check', '--strict', '-f'] },
      { format: 'beancount', program: BEAN_CHECK, words: [] },
    ]
    const folder = await mkdtemp(join(tmpdir(), 'bankflow-books-'))
    try {
      for (const { format, program, words } of tools) {
        const file = join(folder, `month.${format}`)
        await writeFile(file, await text(`/ledger/export?${period}&format=${format}`))
        if (program === undefined) say(`no program for ${format} on this machine`)
        else execFileSync(program, [...words, file], { encoding: 'utf8', stdio: 'pipe' })
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
})

const nobody = (_service: string, operation: Operation) => Promise.reject(new Fault(`nobody does ${operation.id} here`))

function isRefused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Problem && error.kind.code === code
}

/** What a transaction of one posting in euros is made of. */
function content(debit: string, credit: string, amount_cents: number) {
  const words = { business_event: 'CORRECTION', reference: 'CORR-1', description: 'a correction', currency: 'EUR' }
  return { ...words, postings: [{ debit, credit, amount_cents }] }
}

function booked({ balance }: Record<string, string>): number {
  return JSON.parse(balance as string).ledger_balance_cents
}

function income({ income }: Record<string, string>): string {
  return JSON.parse(income as string).currencies[0].total_income
}

/** The text with the lowest bit of one digit changed: another digit. */
function withOneBitChanged(text: string, digit: RegExp): string {
  const found = digit.exec(text)
  const at = (found?.indices?.[1] ?? found?.indices?.[0])?.[0]
  assert.ok(at !== undefined, `${digit}`)
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, cents) => sum + cents, 0)
}

function dayAfter(date: string, days = 1): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

function lastOf(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10)
}
