import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Outcome } from './drill.ts'
import { extentOf } from './extent.ts'
import { keepRow } from './report.ts'

const FAULTS = ['a broker of three killed', 'all brokers down', 'Redis killed']

describe('a run does', () => {
  test('all faults unless some are named by a part of their names', () => {
    const meant = (setting?: string): string[] => FAULTS.filter((name) => extentOf(setting, FAULTS).isMeant(name))
    assert.deepEqual(meant(), FAULTS)
    assert.deepEqual(meant('full'), FAULTS)
    assert.deepEqual(meant('full:Redis, all'), ['all brokers down', 'Redis killed'])
    assert.equal(extentOf('full:killed', FAULTS).length, 'full')
    assert.equal(extentOf(undefined, FAULTS).length, 'short')
  })

  test('nothing where a name or a word is wrong: a run of nothing would pass', () => {
    assert.throws(() => extentOf('full:earthquake', FAULTS), /earthquake, which is no fault: a broker/)
    assert.throws(() => extentOf('ful', FAULTS), /BANKFLOW_FAULTS is ful/)
  })
})

test('the row of a fault takes the place of its last one, and the others stay', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-report-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const page = join(folder, 'faults.md')
  writeFileSync(
    page,
    'Before\n<!-- faults -->\n| fault |\n| --- |\n| Redis killed | 1 |\n| two processes | 2 |\n<!-- /faults -->\nAfter\n',
  )
  keepRow(outcomeOf('Redis killed'), page)
  keepRow(outcomeOf('all brokers down'), page)
  const lines = readFileSync(page, 'utf8').split('\n')
  assert.deepEqual(
    lines.map((line) => line.split(' | ')[0]),
    [
      'Before',
      '<!-- faults -->',
      '| fault |',
      '| --- |',
      '| Redis killed',
      '| two processes',
      '| all brokers down',
      '<!-- /faults -->',
      'After',
      '',
    ],
  )
  assert.match(lines[4] as string, /^\| Redis killed \| 12\.0 \|.*\| 0 \|$/)
})

function outcomeOf(fault: string): Outcome {
  return {
    fault,
    lasted_s: 12,
    felt: { pause_s: 1, longest_wait_s: 2, failed: 0, requests: 100, confirmed: 100, unconfirmed: 0 },
    untried: 0,
    told: [],
    settled_s: 3,
    verdict: { completed: 100, failures: {}, replayed: 0, lost_cents: 0n, violations: [] },
  }
}
