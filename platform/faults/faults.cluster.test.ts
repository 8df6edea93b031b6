import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { IN_A_BROWSER, storiesIn, storyIn } from '../cluster/testing/stories.ts'
import { diskFull, primaryKilled } from './catalogue/database.ts'
import { brokerKilled, brokersDown } from './catalogue/kafka.ts'
import { cut, delayed } from './catalogue/network.ts'
import { aheadOfTime, behindTime, processesKilled } from './catalogue/processes.ts'
import { redisKilled } from './catalogue/redis.ts'
import { drill, type Outcome } from './drill.ts'
import { extentOf } from './extent.ts'
import type { Fault } from './fault.ts'
import type { ClusterField } from './field.ts'
import { fundedPayers, type Payer } from './payers.ts'
import { keepRow } from './report.ts'
import { type StartedField, startField } from './start-field.ts'
import { type Story, storyOf } from './story.ts'
import { tableOf } from './table.ts'
import { kindsOf } from './violations.ts'

/** The small disk is that of the first primary: it is filled before another server is promoted, which then has the other faults. */
const CATALOGUE: readonly { fault: Fault<ClusterField>; needs: (field: ClusterField) => unknown }[] = [
  { fault: diskFull, needs: ({ smallDisk }) => smallDisk },
  { fault: primaryKilled, needs: ({ trio }) => trio },
  { fault: brokerKilled, needs: ({ brokers }) => brokers },
  { fault: brokersDown, needs: ({ brokers }) => brokers },
  { fault: redisKilled, needs: ({ redis }) => redis },
  { fault: processesKilled, needs: ({ processes }) => processes },
  { fault: delayed, needs: ({ network }) => network },
  { fault: cut, needs: ({ network }) => network },
  { fault: aheadOfTime, needs: ({ processes }) => processes },
  { fault: behindTime, needs: ({ processes }) => processes },
]

const ROOT = join(import.meta.dirname, '../..')
const PAYERS = 16
const FUNDS_CENTS = 10_000_000
const { length, isMeant } = extentOf(
  process.env.BANKFLOW_FAULTS,
  CATALOGUE.map(({ fault }) => fault.name),
)
const MEANT = [...CATALOGUE.entries()].filter(([, { fault }]) => isMeant(fault.name))
const LONGEST_MS = length === 'full' ? 3_600_000 : 900_000
/** Stories look for the request in the log. */
const LOGGED = { BANKFLOW_LOG_LEVEL: 'info' }
const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)

/**
 * Every story in a full run, another one first under each fault; in a short one those that need no browser are dealt to the faults, so that each is told
 * under one of them.
 */
function storiesUnder(index: number, standingBank: string): Story[] {
  const { told } = storiesIn(ROOT, globSync('platform/stories/*.test.ts', { cwd: ROOT }).sort())
  const quick = told.filter((file) => !IN_A_BROWSER.includes(storyIn(file) ?? ''))
  const from = Math.floor((index * told.length) / CATALOGUE.length)
  const all = [...told.slice(from), ...told.slice(0, from)]
  const dealt = length === 'full' ? all : quick.filter((_, i) => i % CATALOGUE.length === index)
  return dealt.map((file) => storyOf(file, standingBank))
}

describe('under each fault, with 50 transfers a second, nothing confirmed is lost or doubled and every saga ends', () => {
  const outcomes: Outcome[] = []
  let started: StartedField | undefined
  let payers: Payer[] = []

  before(
    async () => {
      started = await startField(say, { env: LOGGED, hasSmallDisk: true })
      for (const line of started.missing) say(`missing ${line}`)
      payers = await fundedPayers(started.field.api, PAYERS, FUNDS_CENTS)
    },
    { timeout: LONGEST_MS },
  )
  after(
    async () => {
      await started?.stop()
    },
    { timeout: LONGEST_MS },
  )

  for (const [index, { fault, needs }] of MEANT)
    test(fault.name, { timeout: LONGEST_MS }, async (t) => {
      const { field, standingBank } = started as StartedField
      if (needs(field) === undefined) {
        const mounts = fault === diskFull ? 'elsewhere: a disk is mounted, which only root may' : undefined
        t.skip(mounts ?? 'this machine does not have what the fault needs')
        return
      }
      const stories = storiesUnder(index, standingBank)
      const outcome = await drill(field, field, { fault, payers, length, stories, signal: t.signal, say })
      outcomes.push(outcome)
      if (length === 'full') keepRow(outcome)
      const { violations, lost_cents } = outcome.verdict
      assert.deepEqual({ lost_cents, violations: kindsOf(violations) }, { lost_cents: 0n, violations: [] })
    })

  test('the table of all of them', (t) => {
    t.diagnostic(`\n${tableOf(outcomes)}`)
    const judged = new Set(outcomes.map(({ fault }) => fault))
    const { field } = started as StartedField
    const due = MEANT.filter(([, { needs }]) => needs(field) !== undefined).map(([, { fault }]) => fault.name)
    assert.deepEqual(
      due.filter((name) => !judged.has(name)),
      [],
      'these have no verdict',
    )
  })
})
