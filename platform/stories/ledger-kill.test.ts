import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedgerAccount, placeHold, postTransaction, releaseHold } from '#contracts/api/ledger.ts'
import type { Client } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { createClient } from '#libs/http/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { appendLeaves, EMPTY_TREE, rootOf } from '#libs/merkle/tree.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import { Bank } from '../bank.ts'
import { migrateAll, targetOf } from '../databases.ts'
import { type EmbeddedServer, startEmbeddedServer } from '../embedded/server.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'

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
  await assertSealed(ledger.books)
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
  const key = generateSigningKey()
  const bank = new Bank({
    profile: 'sandbox',
    here: [LEDGER],
    env: {},
    keys,
    targetOf: (service, role) => targetOf(server.options, keys, service, role),
    log: createLog({ service: 'test', level: 'silent' }),
    urlOf: () => undefined,
    keyOf: () => key,
    keysOfService: () => new Map(),
  })
  await bank.open()
  const books = openPool(server.options(rolesOf(LEDGER).database), { name: 'test', max: 1 })
  t.after(async () => {
    await books.end({ timeout: 5 })
    await bank.stop()
    await server.stop()
    await rm(home, { recursive: true, force: true })
  })
  const clientOf = (service: string): Client =>
    createClient(service, (operation) => bank.executorOf(operation), { call: nobody, callMany: nobody })
  return { server, books, transactions: clientOf('transaction-service'), accounts: clientOf('account-service') }
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

/** Every booked transaction is sealed once, each seal names the one before it, and the roots are those of the leaves. */
async function assertSealed(books: Sql): Promise<void> {
  const wanted = (await books<{ id: string }[]>`select ledger_transaction_id as id from journal_transactions`).map(
    ({ id }) => id,
  )
  const seals = await eventually(async () => {
    const found = await books<
      { ids: string[]; leaf_hashes: Buffer; previous_hash: Buffer; hash: Buffer; root_hash: Buffer }[]
    >`select transaction_ids::text[] as ids, leaf_hashes, previous_hash, hash, root_hash from seals order by seal_no`
    return found.flatMap((seal) => seal.ids).length >= wanted.length && found
  }, 30_000)
  assert.deepEqual(seals.flatMap((seal) => seal.ids).toSorted(), wanted.toSorted())
  let tree = EMPTY_TREE
  for (const [i, seal] of seals.entries()) {
    if (i > 0)
      assert.ok(seal.previous_hash.equals((seals[i - 1] as typeof seal).hash), `seal ${i + 1} hangs on another`)
    tree = appendLeaves(tree, seal.leaf_hashes).tree
    assert.equal(seal.root_hash.toString('hex'), rootOf(tree).toString('hex'), `the root of seal ${i + 1}`)
  }
}
