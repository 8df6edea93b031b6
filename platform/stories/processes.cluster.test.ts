import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { leaseState } from '#libs/service/lease.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { LOAD_LIMITS } from '../faults/load-limits.ts'
import { aKey } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { HALVES, type SplitPart, splitBank } from '../testing/split-bank.ts'

const [FRONT, BACK] = HALVES as [readonly string[], readonly string[]]
const SKEW_MS = 30_000

test('money moves while the clock of one process is 30 s behind and that of the other 30 s ahead', {
  timeout: 600_000,
}, async (t) => {
  const skewOf = (names: readonly string[]) => ({
    BANKFLOW_WALL_OFFSET_MS: String(names === BACK ? SKEW_MS : -SKEW_MS),
  })
  const { api, parts } = await splitBank(t, [FRONT, BACK], skewOf)
  const { payer, source, destination } = await fundedPair({ api }, 100_000)
  const wish = { source_account_id: source, destination_account_id: destination, amount_cents: 25_000, currency: 'EUR' }
  const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
  const { status, completed_at } = await api.ended(payer, body.transaction_id)
  assert.equal(status, 'COMPLETED')
  assert.ok(Math.abs(Date.parse(completed_at) - Date.now()) < SKEW_MS / 2, completed_at)
  for (const part of parts) assert.match(part.process.output, /the clock of this process was wrong and was set right/)
})

test('a process that is stopped says so before it refuses anything, and no request fails while another does its work', {
  timeout: 600_000,
}, async (t) => {
  const { api, parts, sql } = await splitBank(t, [FRONT, BACK, [...BACK]], {
    ...LOAD_LIMITS,
    BANKFLOW_DRAIN_DELAY_S: '4',
  })
  const { payer, source, destination } = await fundedPair({ api }, 100_000)
  const [, one, other] = parts as [SplitPart, SplitPart, SplitPart]
  const at = (part: SplitPart, path: string) => fetch(`http://127.0.0.1:${part.port}${path}`)
  const statusOf = async (part: SplitPart, path: string) => (await at(part, path)).status
  const ledger = sql('ledger-service')
  const termBefore = (await leaseState(ledger, 'worker'))?.term as bigint

  let isOver = false
  const sent: string[] = []
  const load = (async () => {
    const wish = { source_account_id: source, destination_account_id: destination, amount_cents: 1, currency: 'EUR' }
    while (!isOver) {
      const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
      sent.push(body.transaction_id)
      await api.expect(200, api.balance(payer, source))
      await sleep(20)
    }
  })()
  for (const part of [one, other]) {
    const stopped = part.process.stop()
    await eventually(async () => (await statusOf(part, '/ready')) === 503)
    assert.equal(await statusOf(part, '/health'), 200)
    const { parts: states } = (await (await at(part, '/ready')).json()) as { parts: { name: string; detail: string }[] }
    assert.ok(states.some(({ name, detail }) => name === 'process' && detail === 'it is being stopped'))
    assert.equal(await stopped, 0)
    const count = sent.length
    await eventually(() => sent.length > count + 5, 60_000)
    assert.equal((await leaseState(ledger, 'worker'))?.is_held, true)
    await part.process.start(180_000)
  }
  isOver = true
  await load
  assert.ok(((await leaseState(ledger, 'worker'))?.term as bigint) > termBefore, 'nobody handed over')
  for (const id of [sent.at(0), sent.at(-1)]) assert.equal((await api.ended(payer, id as string)).status, 'COMPLETED')
  await eventually(
    async () => (await api.balance(payer, source)).body.ledger_balance_cents === 100_000 - sent.length,
    60_000,
  )
})
