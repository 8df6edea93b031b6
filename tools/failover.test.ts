import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const TWO = 'postgres://bank:secret@127.0.0.1:1,127.0.0.1:2/postgres'

/** What the program says, and how it ends. */
function failover(args: readonly string[], DATABASE_URL = TWO): { status: number | null; stderr: string } {
  const program = join(import.meta.dirname, 'failover.ts')
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { ...process.env, DATABASE_URL } })
}

describe('npm run failover', () => {
  for (const [what, args, status, says] of [
    ['nothing to do', [], 2, /^usage: .*--old HOST:PORT/],
    ['an option that it has not', ['--odl', 'x'], 2, /^Unknown option '--odl'/],
    [
      'a server that the URL does not name',
      ['--old', 'one', '--fence', 'true'],
      1,
      /^--old: .* 127\.0\.0\.1:1, 127\.0\.0\.1:2, not one\n$/,
    ],
    [
      'replicas that do not answer',
      ['--old', '127.0.0.1:1', '--fence', 'echo fenced >&2'],
      1,
      /^127\.0\.0\.1:2 does not answer .*; nothing was done\n$/,
    ],
  ] as const)
    test(`given ${what} it says so, and fences nobody`, () => {
      const { status: ended, stderr } = failover(args)
      assert.match(stderr, says)
      assert.equal(ended, status)
    })
})
