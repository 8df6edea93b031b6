import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { testServerUrl } from '#libs/testing/server.ts'
import { MUTATIONS } from '../mutations.ts'

const ROOT = join(import.meta.dirname, '../../..')
export type PieceName = 'ledger' | 'bank' | 'streams'

/** Decisions of a run with a fresh seed. */
export const STEPS = { ledger: 1_000, bank: 400, streams: 900 }
/** Decisions within which a planted bug is found. */
const FOUND_WITHIN = { ledger: 4_000, bank: 1_500, streams: 2_500 }
/** The rarest of them is found by one fresh seed in four. */
const FRESH_SEEDS = 4

interface Run {
  readonly code: number | null
  readonly output: string
}

/** Runs the command in a process of its own: it takes time and chance away from the process that it runs in. */
export async function simulate(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, ['tools/simulate.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, BANKFLOW_TEST_DATABASE_URL: await testServerUrl() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

function hashesIn({ output }: Run): string | undefined {
  return /^trace .*$/m.exec(output)?.[0]
}

/** A fresh seed, and how to run it again. */
export function aSeed(t: TestContext, piece: PieceName = 'ledger'): string {
  const seed = String(Math.floor(Math.random() * 1e9))
  t.diagnostic(`npm run simulate -- --seed ${seed} --steps ${STEPS[piece]} --piece ${piece}`)
  return seed
}

/** Two runs of a fresh seed: the same decisions, the same bytes on the wire, the same rows in every database. */
export async function doesTheSameAgain(t: TestContext, piece: PieceName): Promise<void> {
  const args = ['--piece', piece, '--seed', aSeed(t, piece), '--steps', '300']
  const [first, second] = [await simulate(...args), await simulate(...args)].map(hashesIn)
  assert.match(String(first), /^trace [0-9a-f]{16}, books [0-9a-f]{16}$/)
  assert.equal(second, first)
}

/** A test for each planted bug of some pieces: that it is found. */
export function findsPlantedBugs(pieces: readonly PieceName[]): void {
  for (const [name, { wrong, seed: known, piece = 'ledger' }] of Object.entries(MUTATIONS)) {
    if (!pieces.includes(piece)) continue
    test(`where ${wrong}`, async (t) => {
      // When the bank's code changes, the seed that was known to find it may not any more, and then others do.
      for (const tried of [known, ...Array<undefined>(FRESH_SEEDS)]) {
        const seed = tried ?? aSeed(t, piece)
        const args = ['--seed', seed, '--steps', String(FOUND_WITHIN[piece]), '--piece', piece, '--mutation', name]
        const run = await simulate(...args)
        if (run.code === 0) continue
        assert.equal(run.code, 1, run.output)
        assert.match(run.output, /^BROKEN at step \d+: /m)
        assert.match(run.output, new RegExp(`^again: npm run simulate -- --seed ${seed} .*--mutation ${name}$`, 'm'))
        return
      }
      assert.fail('nothing was found')
    })
  }
}
