import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Stories that open their bank by `openBank()` and are not told on a cluster all the same; and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'business-month': 'a month on the bank clock: the same calls day by day, made by the services in the test itself',
  history: 'a demo bank that lives through its year is one process',
  traces: 'looks at the spans of the process that it runs in, and then splits a bank itself',
}
/** Stories of which each has a bank of many processes to itself: they look at every row of it, or move its clock. */
const ALONE: readonly string[] = ['access-matrix', 'credentials-matrix', 'ledger-books', 'ledger-callers', 'privacy']
/** Stories that look at pages in a browser, which takes minutes beside a load. */
export const IN_A_BROWSER: readonly string[] = ['documentation', 'passkeys', 'tpp-demo', 'web', 'web-security']
const OF_ITS_OWN = 'starts a bank of its own kind, of processes that it kills, splits or sets up itself'

/**
 * The stories among these test files: those that are told on a bank of many processes where others are told as well; those that are told on one of
 * their own; and those that are not told on one, each with the reason.
 */
export function storiesIn(root: string, files: readonly string[]) {
  const told: string[] = []
  const alone: string[] = []
  const left: { file: string; reason: string }[] = []
  for (const file of files) {
    const story = storyIn(file)
    if (story === undefined) continue
    const opensBank = readFileSync(join(root, file), 'utf8').includes('openBank(')
    const reason = opensBank ? LEFT_OUT[story] : OF_ITS_OWN
    if (reason === undefined) (ALONE.includes(story) ? alone : told).push(file)
    else left.push({ file, reason })
  }
  return { told, alone, left }
}

/** `first-transfer` of `platform/stories/first-transfer.test.ts`; undefined of any other file. */
export function storyIn(file: string): string | undefined {
  return /^platform\/stories\/(.+)\.test\.ts$/.exec(file)?.[1]
}
