import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpawnedBank } from '../testing/spawned-bank.ts'
import { HALVES, splitBank } from '../testing/split-bank.ts'
import { drill } from './drill.ts'
import type { BankUnderFault, Fault } from './fault.ts'
import { LOAD_LIMITS } from './load-limits.ts'
import { fundedPayers } from './payers.ts'
import { tableOf } from './table.ts'
import { kindsOf } from './violations.ts'

/** A bank of two processes that can be killed: that with the gateway, that with the ledger. */
interface Halves extends BankUnderFault {
  readonly front: SpawnedBank
  readonly back: SpawnedBank
}

/** The bank as two processes without any component: what holds here holds by PostgreSQL alone. */
const backKilled: Fault<Halves> = {
  name: 'the process with the ledger killed',
  lasts_s: { full: 10, short: 5 },
  async begin({ back }) {
    await back.kill()
    return async () => void (await back.start())
  },
}

const frontKilled: Fault<Halves> = {
  name: 'the process with the gateway killed',
  lasts_s: { full: 5, short: 2 },
  async begin({ front }) {
    await front.kill()
    return async () => void (await front.start())
  },
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

test('a bank of two processes loses and doubles nothing while one of them is killed under 50 transfers a second', {
  timeout: 600_000,
}, async (t) => {
  const { api, parts, sql } = await splitBank(t, HALVES, { ...LOAD_LIMITS, BANKFLOW_LOG_LEVEL: 'error' })
  const [front, back] = parts.map(({ process }) => process) as [SpawnedBank, SpawnedBank]
  const processes = [processOf('front', front), processOf('back', back)]
  const bank: Halves = { api, gateways: [api.url], sql, processes, front, back }
  say('the bank stands')
  const payers = await fundedPayers(bank.api, 12, 10_000_000)
  const outcomes = []
  for (const fault of [backKilled, frontKilled])
    outcomes.push(await drill(bank, bank, { fault, payers, length: 'short', stories: [], signal: t.signal, say }))
  t.diagnostic(`\n${tableOf(outcomes)}`)
  for (const { fault, verdict } of outcomes) assert.deepEqual(kindsOf(verdict.violations), [], fault)
})

function processOf(name: string, bank: SpawnedBank): BankUnderFault['processes'][number] {
  return {
    name,
    get isAlive() {
      return bank.isAlive
    },
    lastWords: () => bank.output,
  }
}
