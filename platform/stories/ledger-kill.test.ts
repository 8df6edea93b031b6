import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedgerAccount, placeHold, postTransaction, releaseHold } from '#contracts/api/ledger.ts'
import { getVerification, startVerification } from '#contracts/api/ledger-proofs.ts'
import type { CallInput, Client } from '#libs/contract/client.ts'
import type { InputOf, Operation, ReplyOf } from '#libs/contract/operation.ts'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { createClient } from '#libs/http/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import { migrateAll } from '../databases.ts'
import { type EmbeddedServer, startEmbeddedServer } from '../embedded/server.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { openOver } from '../testing/bank-over.ts'

const LEDGER = 'ledger-service'
const KILLS = 10
const CALLERS = 24
const ACCOUNTS = 8
const FUNDS = 1_000_000n

/** A posting, a hold or a release that somebody wants, under one key until it is answered. */
interface Wish {
  readonly transaction_id: string
  send(client: Client): Promise<string>
}

interface OpenLedger {
  server: EmbeddedServer
  books: Sql
  /** What transaction-service and account-service ask the ledger with. */
  transactions: Client
  accounts: Client
  /** What an auditor asks it. */
  ask<Op extends Operation>(operation: Op, input: CallInput<Op>): Promise<ReplyOf<Op>>
}

/**
 * PostgreSQL and every one of its sessions is killed at random moments under load. What the ledger confirmed is there, once; what it did not answer
 * is asked again under its key, as a caller would, and is then there once too; balances are those of the entries, and the sealed chain and tree are
 * those of the journal.
 */
test('SIGKILL of PostgreSQL and all its sessions 10 times under load: nothing confirmed is lost, nothing is doubled, chain and tree stay', {
  timeout: 300_000,
}, async (t) => {
  const ledger = await openLedger(t)
  const ids = await Promise.all(Array.from({ length: ACCOUNTS }, () => openFunded(ledger)))
  const confirmed = new Map<string, string>()
  let isRunning = true
  t.after(() => {
    isRunning = false
  })
  const isAnswered = async (wish: Wish): Promise<boolean> => {
    const made = await answerTo(wish, ledger.transactions)
    if (made === undefined) return false
    const before = confirmed.get(wish.transaction_id)
    assert.ok(before === undefined || before === made, 'one key was answered in two ways')
    confirmed.set(wish.transaction_id, made)
    return true
  }
  const caller = async (index: number): Promise<void> => {
    for (let turn = index; isRunning; turn++) {
      const wish = aWish(ids, turn)
      while (!(await isAnswered(wish))) await sleep(20)
      // Now and then an answer is taken for lost, and asked for again.
      if (turn % 5 === 0) while (!(await isAnswered(wish))) await sleep(20)
    }
  }
  const callers = Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)))

  const pauses: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(2_100 + Math.random() * 700)
    const since = performance.now()
    await killAll(ledger.server.pid() as number)
    // One that is sent after the kill: answers that were on their way may still come.
    const wish = aWish(ids, kill)
    await eventually(() => isAnswered(wish), 60_000)
    pauses.push(performance.now() - since)
  }
  isRunning = false
  await callers
  await assertNothingLost(ledger, confirmed)
  await assertSealed(ledger)
  const seconds = pauses.map((ms) => (ms / 1_000).toFixed(1))
  t.diagnostic(
    `${confirmed.size} commands over ${KILLS} kills; seconds until bookings were accepted again: ${seconds.join(', ')}`,
  )
})

async function openLedger(t: TestContext): Promise<OpenLedger> {
  const home = await makeTemporaryHome('bankflow-kill-')
  const server = await startEmbeddedServer({ home, log: () => {} })
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await migrateAll(server.options, keys, [LEDGER], () => {})
  const { bank } = await openOver({ server, keys, here: [LEDGER] })
  const books = openPool(server.options(rolesOf(LEDGER).database), { name: 'test', max: 1 })
  t.after(async () => {
    await books.end({ timeout: 5 })
    await bank.stop()
    await server.stop()
    await rm(home, { recursive: true, force: true })
  })
  const clientOf = (service: string): Client =>
    createClient(service, (operation) => bank.executorOf(operation), { call: nobody, callMany: nobody })
  const auditor = aStaffMember('auditor')
  const ask = async <Op extends Operation>(operation: Op, asked: CallInput<Op>) => {
    const input = { params: {}, query: {}, body: {}, ...asked } as InputOf<Operation>
    const answer = await bank.executorOf(operation)?.execute({ input, caller: auditor, trace: newTrace() })
    return answer?.reply as ReplyOf<Op>
  }
  return { server, books, ask, transactions: clientOf('transaction-service'), accounts: clientOf('account-service') }
}

const nobody = (_service: string, operation: Operation) => Promise.reject(new Fault(`nobody does ${operation.id} here`))

async function openFunded({ accounts, transactions }: OpenLedger): Promise<string> {
  const ledger_account_id = newId()
  const terms = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR', overdraft_limit_cents: 0n } as const
  await accounts.call(openLedgerAccount, { body: { ledger_account_id, ...terms } })
  await transactions.call(postTransaction, { body: bodyOf(newId(), 'CASH', ledger_account_id, FUNDS) })
  return ledger_account_id
}

function bodyOf(transaction_id: string, debit: string, credit: string, amount_cents: bigint) {
  const words = { business_event: 'TRANSFER', reference: 'R', description: 'a transfer', currency: 'EUR' }
  return { transaction_id, step: 'post', ...words, postings: [{ debit, credit, amount_cents }] } as InputOf<
    typeof postTransaction
  >['body']
}

/** Transfers mostly, and holds that are captured or given back. */
function aWish(ids: readonly string[], turn: number): Wish {
  const [from, to] = [ids[turn % ACCOUNTS] as string, ids[(turn * 3 + 1) % ACCOUNTS] as string]
  const [transaction_id, cents] = [newId(), BigInt(1 + (turn % 40))]
  const other = from === to ? 'CASH' : to
  if (turn % 4 !== 0)
    return {
      transaction_id,
      send: async ({ call }) =>
        (await call(postTransaction, { body: bodyOf(transaction_id, from, other, cents) })).ledger_transaction_id,
    }
  const hold = { ledger_account_id: from, amount_cents: cents, currency: 'EUR', expires_in_s: 3_600 }
  return {
    transaction_id,
    send: async ({ call }) => {
      const { hold_id } = await call(placeHold, { body: { transaction_id, step: 'hold', ...hold } })
      if (turn % 8 === 0) {
        const body = { transaction_id, step: 'release', reason_code: 'TEST' }
        return (await call(releaseHold, { params: { hold_id }, body })).hold_id
      }
      const body = { ...bodyOf(transaction_id, from, other, cents), hold_id }
      return (await call(postTransaction, { body })).ledger_transaction_id
    },
  }
}

/** What a wish made; undefined when nothing is known of it, which is when it is asked again. */
async function answerTo(wish: Wish, client: Client): Promise<string | undefined> {
  try {
    return await wish.send(client)
  } catch (error) {
    // There is money for everything: a refusal would be a wrong answer.
    if (error instanceof Problem && error.kind.status < 500) throw error
    return undefined
  }
}

/** The server and all its sessions at once, so that none of them ends by itself and writes down anything. */
async function killAll(postmaster: number): Promise<void> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').catch(() => '')
  for (const pid of [postmaster, ...children.split(' ').filter(Boolean).map(Number)]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended just now.
    }
  }
}

async function assertNothingLost({ books }: OpenLedger, confirmed: ReadonlyMap<string, string>): Promise<void> {
  const rows = await books<{ made: string; transaction_id: string; step: string }[]>`
    select ledger_transaction_id as made, transaction_id, step from journal_transactions`
  const booked = new Set(rows.map((row) => row.made))
  const holds = new Set((await books<{ hold_id: string }[]>`select hold_id from holds`).map((row) => row.hold_id))
  const lost = [...confirmed.values()].filter((made) => !booked.has(made) && !holds.has(made))
  assert.deepEqual(lost, [], 'something confirmed is not there')
  assert.equal(new Set(rows.map((row) => `${row.transaction_id}/${row.step}`)).size, rows.length, 'booked twice')
  const wanted = new Set(confirmed.keys())
  const unasked = rows.filter((row) => !wanted.has(row.transaction_id))
  assert.equal(unasked.length, ACCOUNTS, 'only what the accounts were funded with was not asked for by a caller')
  const active = await books`select from holds where status = 'ACTIVE'`
  assert.equal(active.length, 0)
  assert.deepEqual(await recompute(books), [])
}

/** Everything booked is sealed, and the chain and the tree that are computed anew from journal and entries are those that were kept. */
async function assertSealed({ books, ask }: OpenLedger): Promise<void> {
  await eventually(async () => {
    const [row] = await books<{ is_sealed: boolean }[]>`
      select not exists (
        select ledger_transaction_id from journal_transactions except select unnest(transaction_ids) from seals) as is_sealed`
    return row?.is_sealed ?? false
  }, 30_000)
  const { verification_id } = await ask(startVerification, { body: {} })
  const verified = await eventually(async () => {
    const reply = await ask(getVerification, { params: { verification_id } })
    return reply.status === 'RUNNING' ? false : reply
  }, 60_000)
  assert.deepEqual([verified.status, verified.broken], ['INTACT', null])
}
