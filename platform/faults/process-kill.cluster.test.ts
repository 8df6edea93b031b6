import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drill } from './drill.ts'
import type { Fault } from './fault.ts'
import { fundedPayers } from './payers.ts'
import { type SplitBank, startSplitBank } from './split-bank.ts'
import { tableOf } from './table.ts'

/** The bank as two processes without any component: what holds here holds by PostgreSQL alone. */
const backKilled: Fault<SplitBank> = {
  name: 'the process with the ledger killed',
  lasts_s: { full: 10, short: 5 },
  async begin({ back }) {
    await back.kill()
    return async () => void (await back.start())
  },
}

const frontKilled: Fault<SplitBank> = {
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
  const bank = await startSplitBank(t)
  say('the bank stands')
  const payers = await fundedPayers(bank.api, 12, 10_000_000)
  const outcomes = []
  for (const fault of [backKilled, frontKilled])
    outcomes.push(await drill(bank, bank, { fault, payers, length: 'short', say }))
  t.diagnostic(`\n${tableOf(outcomes)}`)
  for (const { fault, verdict } of outcomes) assert.deepEqual(verdict.violations.slice(0, 20), [], fault)
})
