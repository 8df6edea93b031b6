import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postTransaction } from '#contracts/api/ledger.ts'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Executor } from '#libs/http/executor.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { encode } from '#libs/json/json.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, postBody, refusalOf, transactions } from '../../../testing/ledger-test.ts'

type Body = ReturnType<typeof postBody>

async function bulk(ledger: LedgerTest, mode: 'atomic' | 'each', bodies: Body[]): Promise<ReplyOf<typeof postInBulk>> {
  return (await ledger.call(postInBulk, { body: { mode, transactions: bodies } }, transactions)).reply
}

const statuses = ({ items }: ReplyOf<typeof postInBulk>): string[] => items.map((item) => item.status)

describe('postInBulk', () => {
  test('each: books what can be booked and says of each what became of it, in order', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 25n }), await ledger.openAccount()]
    const bodies = Array.from({ length: 4 }, () => postBody(from, to, 10n))
    const reply = await bulk(ledger, 'each', bodies)
    assert.deepEqual(statuses(reply), ['BOOKED', 'BOOKED', 'REFUSED', 'REFUSED'])
    assert.deepEqual([reply.booked, reply.replayed, reply.refused, reply.first_refused], [2, 0, 2, 2])
    assert.deepEqual(
      reply.items.map((item) => item.transaction_id),
      bodies.map((body) => body.transaction_id),
    )
    const { problem } = reply.items[2] as { problem: Record<string, unknown> }
    assert.deepEqual([problem.code, problem.status, problem.available_cents], ['INSUFFICIENT_FUNDS', 422, 5n])
    const again = await bulk(ledger, 'each', bodies)
    assert.deepEqual(statuses(again), ['REPLAYED', 'REPLAYED', 'REFUSED', 'REFUSED'])
    assert.deepEqual(
      again.items.map((item) => item.ledger_transaction_id),
      reply.items.map((item) => item.ledger_transaction_id),
    )
    assert.equal((await ledger.account(to)).ledger_balance_cents, 20n)
    assert.equal((await ledger.published(ledgerTransactionPosted)).length, 3)
    await ledger.assertBooksAddUp()
  })

  test('atomic: books all in one go, later ones from what earlier ones brought; repeated, it is found', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b, c] = [
      await ledger.openAccount({ balance_cents: 10n }),
      await ledger.openAccount(),
      await ledger.openAccount(),
    ]
    const bodies = [postBody(a, b, 10n), postBody(b, c, 10n), postBody(c, a, 4n)]
    const reply = await bulk(ledger, 'atomic', bodies)
    assert.deepEqual(statuses(reply), ['BOOKED', 'BOOKED', 'BOOKED'])
    assert.deepEqual(statuses(await bulk(ledger, 'atomic', bodies)), ['REPLAYED', 'REPLAYED', 'REPLAYED'])
    assert.deepEqual(
      (await Promise.all([a, b, c].map(ledger.account))).map((account) => account.ledger_balance_cents),
      [4n, 0n, 6n],
    )
    const [row] = await ledger.sql`
      select count(distinct j.xmin::text) as commits from journal_transactions j where transaction_id = any(${bodies.map((body) => body.transaction_id)})`
    assert.equal(row?.commits, 1n)
    await ledger.assertBooksAddUp()
  })

  test('atomic: one refusal undoes all, is named, and uses up no key', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 15n }), await ledger.openAccount()]
    const bodies = [postBody(from, to, 10n), postBody(from, to, 10n), postBody('CASH', to, 1n)]
    const reply = await bulk(ledger, 'atomic', bodies)
    assert.deepEqual(statuses(reply), ['NOT_BOOKED', 'REFUSED', 'NOT_BOOKED'])
    assert.deepEqual([reply.first_refused, reply.booked], [1, 0])
    assert.equal((await ledger.account(to)).ledger_balance_cents, 0n)
    await ledger.post({ from: 'CASH', to: from, cents: 5n })
    assert.deepEqual(statuses(await bulk(ledger, 'atomic', bodies)), ['BOOKED', 'BOOKED', 'BOOKED'])
    await ledger.assertBooksAddUp()
  })

  test('atomic: an unknown account inside lets nothing be booked, and what was booked before stays', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    const booked = postBody('CASH', to, 3n)
    await ledger.call(postTransaction, { body: booked }, transactions)
    const nowhere = postBody('CASH', '01a19467-e800-7000-8000-0123456789ab', 1n)
    const reply = await bulk(ledger, 'atomic', [booked, postBody('CASH', to, 1n), nowhere])
    assert.deepEqual(statuses(reply), ['REPLAYED', 'NOT_BOOKED', 'REFUSED'])
    assert.equal(reply.items[2]?.problem?.code, 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal((await ledger.account(to)).ledger_balance_cents, 3n)
  })

  test('a step that comes twice is booked once; with another content it is refused', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    const body = postBody('CASH', to, 3n)
    const other = { ...body, description: 'another' }
    assert.deepEqual(statuses(await bulk(ledger, 'each', [body, body, other])), ['BOOKED', 'REPLAYED', 'REFUSED'])
    const next = postBody('CASH', to, 3n)
    const wrong = await bulk(ledger, 'atomic', [next, { ...next, description: 'another' }])
    assert.deepEqual(statuses(wrong), ['NOT_BOOKED', 'REFUSED'])
    assert.equal(wrong.items[1]?.problem?.code, 'IDEMPOTENCY_KEY_REUSED')
    assert.deepEqual(statuses(await bulk(ledger, 'atomic', [next, next])), ['BOOKED', 'REPLAYED'])
    assert.equal((await ledger.account(to)).ledger_balance_cents, 6n)
    await ledger.assertBooksAddUp()
  })

  test('parallel bulks over shared accounts, atomic and each, in any order, never deadlock and lose nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(Array.from({ length: 12 }, () => ledger.openAccount({ balance_cents: 100_000n })))
    const bodies = (seed: number): Body[] =>
      Array.from({ length: 60 }, (_, i) => {
        const from = (seed * 7 + i * 5) % 12
        return postBody(ids[from] as string, ids[(from + 1 + ((seed + i) % 11)) % 12] as string, BigInt(1 + (i % 9)))
      })
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, i) => bulk(ledger, i % 2 === 0 ? 'atomic' : 'each', bodies(i))),
    )
    for (const reply of replies) assert.equal(reply.booked, 60)
    const [row] = await ledger.owner<{ deadlocks: bigint }[]>`
      select deadlocks from pg_stat_database where datname = current_database()`
    assert.equal(row?.deadlocks, 0n)
    await ledger.assertBooksAddUp()
  })

  test('10,000 in one call are booked', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(Array.from({ length: 5 }, () => ledger.openAccount()))
    for (const mode of ['each', 'atomic'] as const) {
      const bodies = Array.from({ length: 10_000 }, (_, i) => postBody('CASH', ids[i % 5] as string, 1n))
      assert.equal((await bulk(ledger, mode, bodies)).booked, 10_000)
    }
    assert.equal((await ledger.account(ids[3] as string)).ledger_balance_cents, 4_000n)
    await ledger.assertBooksAddUp()
  })

  test('over HTTP, as one body of 10,000 or line by line, is booked alike', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    const log = createLog({ service: 'test', level: 'fatal' })
    const server = createHttpServer({ log, bodyLimitBytes: 65_536, constraints: {} })
    const executor = ledger.runtime.executors.get('postInBulk') as Executor
    registerRoute(server, '', '/bulk', executor, { callerOf: async () => transactions, confirm: async () => {} })
    await server.listen({ port: 0, host: '127.0.0.1' })
    t.after(() => server.close())
    const { port } = server.server.address() as { port: number }
    const send = async (type: string, body: string) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body }
      return (await fetch(`http://127.0.0.1:${port}/bulk`, init)).text()
    }
    const bodies = Array.from({ length: 10_000 }, () => postBody('CASH', to, 1n))
    const whole = await send('application/json', encode({ mode: 'each', transactions: bodies }))
    assert.equal((JSON.parse(whole) as { booked: number }).booked, 10_000)
    const more = [...bodies.slice(0, 600), postBody('CASH', to, 1n)]
    const lines = await send('application/x-ndjson', `${more.map(encode).join('\n')}\n{"step":1}\n`)
    const items = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: string; problem?: { code: string } })
    assert.deepEqual(
      Map.groupBy(items, (item) => item.problem?.code ?? item.status)
        .entries()
        .map(([status, of]) => [status, of.length])
        .toArray(),
      [
        ['REPLAYED', 600],
        ['BOOKED', 1],
        ['VALIDATION_FAILED', 1],
      ],
    )
    assert.equal((await ledger.account(to)).ledger_balance_cents, 10_001n)
  })

  test('people and other services are refused', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = { mode: 'each' as const, transactions: [postBody('CASH', 'SETTLEMENT', 1n)] }
    for (const caller of [aCustomer(), aStaffMember('operator')])
      assert.equal(await refusalOf(ledger.call(postInBulk, { body }, caller)), 'FORBIDDEN')
  })
})
