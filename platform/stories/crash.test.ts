import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { type Api, aKey } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { RAISED_LIMITS } from '../testing/open-bank.ts'
import { SpawnedBank } from '../testing/spawned-bank.ts'

const BANK_KILLS = 20
const POSTGRES_KILLS = 5
const FUNDS = 1_000_000

interface Wish {
  key: string
  from: string
  to: string
  token: string
  amount_cents: number
}

/**
 * The bank is killed at random moments under transfers. What was answered 202 must end, exactly once; what was not answered is sent again with
 * its key, as a client would, and must then end exactly once too; and no cent appears or vanishes.
 */
test('SIGKILL of the bank 20 times and of PostgreSQL 5 times under transfers: every transfer ends once and the sum stays', {
  timeout: 600_000,
}, async (t) => {
  const home = await makeTemporaryHome('bankflow-crash-')
  const spawned = new SpawnedBank({
    BANKFLOW_HOME: home,
    PORT: '0',
    ...RAISED_LIMITS,
    BANKFLOW_FRAUD_VELOCITY_COUNT: '1000000000',
  })
  t.after(async () => {
    await spawned.stop()
    await rm(home, { recursive: true, force: true })
  })
  let api = await spawned.start()
  const pair = await fundedPair({ api }, FUNDS)
  const directions = [
    { from: pair.source, to: pair.destination, token: pair.payer },
    { from: pair.destination, to: pair.source, token: pair.payee },
  ]
  const wishes: Wish[] = []
  const accepted = new Map<string, string>()
  let isRunning = true

  const send = async (wish: Wish): Promise<boolean> => {
    const body = {
      source_account_id: wish.from,
      destination_account_id: wish.to,
      amount_cents: wish.amount_cents,
      currency: 'EUR',
    }
    try {
      const reply = await api.post('/transactions/transfer', body, { token: wish.token, key: wish.key })
      if (reply.status !== 202) return reply.status < 500
      const before = accepted.get(wish.key)
      assert.ok(before === undefined || before === reply.body.transaction_id, 'one key made two transactions')
      accepted.set(wish.key, reply.body.transaction_id)
      return true
    } catch (error) {
      // The connection broke: the client knows nothing, and will ask again with the same key.
      if (error instanceof assert.AssertionError) throw error
      return false
    }
  }
  const sender = async (index: number): Promise<void> => {
    while (isRunning) {
      const direction = directions[index % 2] as (typeof directions)[number]
      const wish = { ...direction, key: aKey(), amount_cents: 1 + ((wishes.length * 37) % 90) }
      wishes.push(wish)
      while (isRunning && !(await send(wish))) await sleep(30)
    }
  }
  const senders = Array.from({ length: 8 }, (_, index) => sender(index))

  for (let kill = 0; kill < BANK_KILLS; kill++) {
    await sleep(100 + Math.random() * 700)
    await spawned.kill()
    api = await spawned.start()
  }
  for (let kill = 0; kill < POSTGRES_KILLS; kill++) {
    await sleep(300 + Math.random() * 700)
    const killed = await livingPostgres(home)
    process.kill(killed, 'SIGKILL')
    // `/ready` may repeat its last answer for half a second, so the next server is looked for first.
    await livingPostgres(home, killed)
    await untilReady(api, spawned)
  }
  await sleep(500)
  isRunning = false
  await Promise.all(senders)
  await Promise.all(
    wishes.map(async (wish) => {
      while (!accepted.has(wish.key) && !(await send(wish))) await sleep(50)
    }),
  )

  const net = new Map([
    [pair.source, FUNDS],
    [pair.destination, 0],
  ])
  for (const wish of wishes) {
    const ended = await api.ended(wish.token, accepted.get(wish.key) as string, 60_000)
    assert.ok(['COMPLETED', 'FAILED'].includes(ended.status), `a transfer is left ${ended.status}`)
    if (ended.status !== 'COMPLETED') continue
    net.set(wish.from, (net.get(wish.from) as number) - wish.amount_cents)
    net.set(wish.to, (net.get(wish.to) as number) + wish.amount_cents)
  }
  const balances = [
    (await api.balance(pair.payer, pair.source)).body,
    (await api.balance(pair.payee, pair.destination)).body,
  ]
  assert.deepEqual(
    balances.map((balance) => balance.ledger_balance_cents),
    [net.get(pair.source), net.get(pair.destination)],
  )
  assert.deepEqual(
    balances.map((balance) => balance.pending_balance_cents),
    [0, 0],
    'a hold was left behind',
  )
  const { body: trial } = await api.get('/ledger/reports/trial-balance', { token: await api.signIn('officer') })
  assert.ok(trial.currencies.every((currency: { is_balanced: boolean }) => currency.is_balanced))
  t.diagnostic(`${wishes.length} transfers over ${BANK_KILLS + POSTGRES_KILLS} kills`)
  assert.equal(await spawned.stop(), 0)
})

/** The process of the server that runs now, once it is another than `before`. */
async function livingPostgres(home: string, before?: number): Promise<number> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const text = await readFile(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => '')
    const pid = Number(text.split('\n', 1)[0])
    if (pid > 0 && pid !== before && isAlive(pid)) return pid
    await sleep(50)
  }
  throw new Error(`no server runs on ${home}`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function untilReady(api: Api, spawned: SpawnedBank): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const reply = await api.get('/ready').catch(() => undefined)
    if (reply?.status === 200) return
    await sleep(50)
  }
  throw new Error(`the bank did not come back after PostgreSQL was killed:\n${spawned.output}`)
}
