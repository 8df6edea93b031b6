import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { diskFull, primaryKilled } from './catalogue/database.ts'
import { brokerKilled, brokersDown } from './catalogue/kafka.ts'
import { cut, delayed } from './catalogue/network.ts'
import { aheadOfTime, behindTime, processesKilled } from './catalogue/processes.ts'
import { redisKilled } from './catalogue/redis.ts'
import { drill, type Outcome } from './drill.ts'
import type { Fault } from './fault.ts'
import type { ClusterField } from './field.ts'
import { fundedPayers, type Payer } from './payers.ts'
import { writeReport } from './report.ts'
import { type StartedField, startField } from './start-field.ts'
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

const PAYERS = 16
const FUNDS_CENTS = 10_000_000
const LONGEST_MS = 600_000
const length = process.env.BANKFLOW_FAULTS === 'full' ? 'full' : 'short'
const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)

describe('under each fault, with 50 transfers a second, nothing confirmed is lost or doubled and every saga ends', () => {
  const outcomes: Outcome[] = []
  let started: StartedField | undefined
  let payers: Payer[] = []

  before(
    async () => {
      started = await startField(say)
      for (const line of started.missing) say(`missing ${line}`)
      payers = await fundedPayers(started.field.api, PAYERS, FUNDS_CENTS)
    },
    { timeout: LONGEST_MS },
  )
  after(
    async () => {
      if (length === 'full' && outcomes.length === CATALOGUE.length) writeReport(outcomes)
      await started?.stop()
    },
    { timeout: LONGEST_MS },
  )

  for (const { fault, needs } of CATALOGUE)
    test(fault.name, { timeout: LONGEST_MS }, async (t) => {
      const { field } = started as StartedField
      if (needs(field) === undefined) {
        const mounts = fault === diskFull ? 'elsewhere: a disk is mounted, which only root may' : undefined
        t.skip(mounts ?? 'this machine does not have what the fault needs')
        return
      }
      const outcome = await drill(field, field, { fault, payers, length, say })
      outcomes.push(outcome)
      const { violations, lost_cents } = outcome.verdict
      assert.deepEqual({ lost_cents, violations: kindsOf(violations) }, { lost_cents: 0n, violations: [] })
    })

  test('the table of all of them', (t) => {
    t.diagnostic(`\n${tableOf(outcomes)}`)
    const judged = new Set(outcomes.map(({ fault }) => fault))
    const { field } = started as StartedField
    const due = CATALOGUE.filter(({ needs }) => needs(field) !== undefined).map(({ fault }) => fault.name)
    assert.deepEqual(
      due.filter((name) => !judged.has(name)),
      [],
      'these have no verdict',
    )
  })
})
