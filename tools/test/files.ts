import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Measured seconds of the files that take longer than this; written by `npm test -- --weigh`. */
export const WEIGHTS_FILE = join(import.meta.dirname, 'weights.json')
const USUAL_WEIGHT_S = 0.3

/** `*.cluster.test.ts` need Kafka, Redis and the like: `npm run test:cluster` starts those and runs them, `npm test` leaves them out. */
export type Lane = 'ordinary' | 'cluster'

/** The lane's test files, relative to the project's root, whose path contains one of the filters (all without filters). */
export function testFiles(root: string, filters: readonly string[], lane: Lane = 'ordinary'): string[] {
  return globSync('{libs,contracts,services,platform,tools,bench,frontend,verify}/**/*.test.ts', {
    cwd: root,
    exclude: (path) => path.endsWith('node_modules'),
  })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.cluster.test.ts') === (lane === 'cluster'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter.replace(/^\.\//, ''))))
    .sort()
}

export function readWeights(): Record<string, number> {
  return JSON.parse(readFileSync(WEIGHTS_FILE, 'utf8')) as Record<string, number>
}

/** Deals the files, the slowest first, each to the shard with the least to do, so that all end at about the same time. */
export function splitIntoShards(
  files: readonly string[],
  weights: Readonly<Record<string, number>>,
  shardCount: number,
): string[][] {
  const weightOf = (file: string) => weights[file] ?? USUAL_WEIGHT_S
  const shards = Array.from({ length: shardCount }, () => ({ seconds: 0, files: [] as string[] }))
  for (const file of files.toSorted((a, b) => weightOf(b) - weightOf(a) || a.localeCompare(b))) {
    const lightest = shards.reduce((least, shard) => (shard.seconds < least.seconds ? shard : least))
    lightest.files.push(file)
    lightest.seconds += weightOf(file)
  }
  return shards.map((shard) => shard.files).filter((list) => list.length > 0)
}
