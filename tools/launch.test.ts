import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

/** A Node older than 26 outside this project, which the tests of re-spawning need. */
function findOlderNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node'].find((path) => {
    if (!existsSync(path)) return false
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''
    return Number(/^v(\d+)/.exec(version)?.[1] ?? 99) < 26
  })
}

const older = findOlderNode()
const skip = older === undefined ? 'elsewhere: this machine has no Node older than 26' : false

describe('launch', { timeout: 60_000 }, () => {
  let project = ''

  before(() => {
    project = mkdtempSync(join(tmpdir(), 'bankflow-launch-'))
    mkdirSync(join(project, 'tools'))
    mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true })
    copyFileSync(join(import.meta.dirname, 'launch.mjs'), join(project, 'tools', 'launch.mjs'))
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(project, 'program.ts'),
      `const what: string[] = process.argv.slice(1)
       if (what.includes('wait')) { process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000) } else process.exitCode = 3
       // Printed last: who waits for the line may send a signal at once.
       console.log(JSON.stringify({ what, major: Number(process.versions.node.split('.')[0]) }))`,
    )
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  function launch(node: string, ...args: string[]) {
    return spawnSync(node, ['tools/launch.mjs', ...args], { cwd: project, encoding: 'utf8', timeout: 30_000 })
  }

  test('a program sees its own path and arguments, and its exit code is kept', () => {
    const { stdout, status } = launch(process.execPath, 'program.ts', 'one', '--two')
    assert.deepEqual(JSON.parse(stdout), { what: [join(project, 'program.ts'), 'one', '--two'], major: 26 })
    assert.equal(status, 3)
  })

  for (const tool of ['tools/tidy/endpoints.ts', 'tools/tidy/settings.ts']) {
    test(`${tool} says how its page is, launched or run directly`, () => {
      const root = join(import.meta.dirname, '..')
      const answers = [['tools/launch.mjs', tool], [tool]].map((args) =>
        spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 30_000 }),
      )
      for (const { stdout } of answers) assert.match(stdout, /^docs\/\w+\.md is (up to date|stale)/)
      assert.equal(answers[0]?.status, answers[1]?.status)
    })
  }

  test('no program named is one line and exit code 1', () => {
    const { stderr, status } = launch(process.execPath)
    assert.match(stderr, /^name the program to start: [^\n]+\n$/)
    assert.equal(status, 1)
  })

  test('an older Node without the installed one says in one line how to mend it', { skip }, () => {
    const { stderr, stdout, status } = launch(older!, 'program.ts')
    assert.match(stderr, /^BankFlow needs Node 26 and this is [^\n]+npm ci[^\n]+\n$/)
    assert.equal(stdout, '')
    assert.equal(status, 1)
  })

  describe('with Node 26 installed by npm', { skip }, () => {
    before(() => symlinkSync(process.execPath, join(project, 'node_modules', '.bin', 'node')))
    after(() => rmSync(join(project, 'node_modules', '.bin', 'node')))

    test('an older Node hands over to it, arguments and exit code kept', () => {
      const { stdout, status } = launch(older!, 'program.ts', 'one')
      assert.deepEqual(JSON.parse(stdout), { what: [join(project, 'program.ts'), 'one'], major: 26 })
      assert.equal(status, 3)
    })

    test('a signal reaches the program, whose answer is the exit code', async () => {
      const child = spawn(older!, ['tools/launch.mjs', 'program.ts', 'wait'], {
        cwd: project,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      assert.equal(code, 7)
    })
  })
})
