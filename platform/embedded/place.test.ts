import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { prepareBinaries } from './binaries.ts'
import { choosePlace, openHome } from './place.ts'
import { lineOf, query, startElsewhere, testHome } from './test-home.ts'
import { canReach, findUnprivilegedUser, isRoot } from './unprivileged-user.ts'

const BOUND = { timeout: 60_000 }
const AS_ROOT = {
  ...BOUND,
  skip:
    isRoot() && process.platform === 'linux'
      ? false
      : 'elsewhere: only root (and this test only on Linux) can run it as another user',
}
const AS_USER = { skip: isRoot() ? 'elsewhere: root may write everywhere' : false }
const NOBODY = 65_534

describe('the place of the data', BOUND, () => {
  test('root runs the server as another user, below the home when that user can reach it', AS_ROOT, async (t) => {
    const at = testHome(t)
    const server = await at.start()
    const data = statSync(join(at.home, 'postgres', 'data'))
    assert.equal(data.uid, findUnprivilegedUser().uid)
    assert.equal(statSync(`/proc/${server.pid()}`).uid, data.uid)
    assert.equal(statSync(join(at.home, 'postgres')).uid, 0)
  })

  test(
    'below a closed folder root keeps the data outside, loosens nothing, and finds them again',
    AS_ROOT,
    async (t) => {
      const at = testHome(t, 'closed')
      const server = await at.start()
      await query(server, 'create table kept as select 42 as answer')
      await server.stop()
      const folder = readFileSync(join(at.home, 'postgres-place'), 'utf8').trim()
      assert.equal(folder.startsWith(at.outside), true)
      assert.equal(
        at.lines.some((line) => line.includes(folder)),
        true,
      )
      assert.equal(statSync(join(at.home, '..')).mode & 0o777, 0o700)
      assert.equal(statSync(join(at.home, 'postgres-password')).uid, 0)

      const again = await at.start()
      assert.deepEqual(await query(again, 'select answer from kept'), [[42]])
    },
  )

  test('a closed home that was moved keeps its data, and a copy of it is refused', AS_ROOT, async (t) => {
    const at = testHome(t, 'closed')
    const log = () => {}
    const { folder } = choosePlace(openHome(at.home), { outside: at.outside, log })
    const moved = `${at.home}-moved`
    renameSync(at.home, moved)
    assert.equal(choosePlace(moved, { outside: at.outside, log }).folder, folder)
    cpSync(moved, at.home, { recursive: true })
    assert.throws(() => choosePlace(at.home, { outside: at.outside, log }), /is a copy of .*-moved/)
    renameSync(folder, `${folder}.away`)
    assert.throws(() => choosePlace(moved, { outside: at.outside, log }), /which is gone: restore it/)
  })

  test('data that their user can no longer reach are refused, not replaced by an empty bank', AS_ROOT, async (t) => {
    const at = testHome(t)
    await (await at.start()).stop()
    chmodSync(join(at.home, '..'), 0o700)
    await assert.rejects(at.start(), /can no longer pass the folders above it/)
  })

  test(
    'an ordinary user runs the server as itself, all within the home; root then runs it as that user',
    AS_ROOT,
    async (t) => {
      if (!isProjectOpen()) return t.skip(CLOSED_PROJECT)
      const at = testHome(t)
      chownSync(join(at.home, '..'), NOBODY, NOBODY)
      const child = startElsewhere(t, at, NOBODY)
      const { pid, host } = JSON.parse(await lineOf(child, 'ready ')) as { pid: number; host: string }
      assert.equal(host, join(at.home, 'postgres', 'run'))
      assert.equal(statSync(`/proc/${pid}`).uid, NOBODY)
      assert.equal(statSync(at.home).mode & 0o777, 0o700)
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
      // A 0700 home of that user is no obstacle: the data are that user's.
      const server = await at.start()
      assert.equal(statSync(`/proc/${server.pid()}`).uid, NOBODY)
    },
  )

  test('an ordinary user is told when the data were made by another', AS_ROOT, async (t) => {
    if (!isProjectOpen()) return t.skip(CLOSED_PROJECT)
    const at = testHome(t)
    await (await at.start()).stop()
    const script = `process.setgid(${NOBODY}); process.setuid(${NOBODY})
      import(${JSON.stringify(import.meta.resolve('./place.ts'))}).then((m) => m.choosePlace(${JSON.stringify(at.home)}, { log() {} }))
        .catch((error) => console.log(error.message))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: '/' })
    assert.match(stdout, /^the database of .* was made by another user: [^\n]+\n$/)
  })
})

const CLOSED_PROJECT = 'elsewhere: this project lies below a folder that is closed to other users'

function isProjectOpen(): boolean {
  const nobody = { uid: NOBODY, gid: NOBODY }
  return canReach(process.execPath, nobody) && canReach(import.meta.dirname, nobody)
}

describe('the unprivileged user', () => {
  test('is postgres where there is one, else nobody, never root, and its absence is told', () => {
    const [root, nobody, postgres] = [
      'root:x:0:0::/root:/bin/sh',
      'nobody:*:-2:-2::/:/bin/false',
      'postgres:x:101:104::/:/bin/sh',
    ]
    assert.deepEqual(findUnprivilegedUser([root, nobody, postgres].join('\n')), { uid: 101, gid: 104 })
    assert.deepEqual(findUnprivilegedUser([root, nobody].join('\n')), { uid: 4_294_967_294, gid: 4_294_967_294 })
    assert.throws(() => findUnprivilegedUser(root), /no user postgres or nobody/)
  })
})

describe('the binaries', () => {
  test('of a closed project are copied where the server can run them, linked and once', AS_ROOT, async (t) => {
    const at = testHome(t, 'closed')
    const source = join(at.home, 'package')
    makePackage(source)
    const place = choosePlace(openHome(at.home), { outside: at.outside, log: () => {} })
    const lines: string[] = []
    const first = await prepareBinaries(place, (line) => lines.push(line), source)
    assert.equal(
      first.postgres,
      join(at.outside, `runtime-18.9.9-${process.platform}-${process.arch}`, 'native', 'bin', 'postgres'),
    )
    assert.equal(canReach(first.postgres, place.user!), true)
    assert.equal(readFileSync(join(first.postgres, '../../lib/libpq.so'), 'utf8'), 'library')
    assert.deepEqual(await prepareBinaries(place, (line) => lines.push(line), source), first)
    assert.equal(lines.length, 1)
  })

  test('of a project that may not be written are copied into the home, linked', AS_USER, async (t) => {
    const at = testHome(t)
    const source = join(at.base, 'package')
    makePackage(source)
    chmodSync(join(source, 'native', 'lib'), 0o555)
    const place = choosePlace(openHome(at.home), { log: () => {} })
    const { postgres } = await prepareBinaries(place, () => {}, source).finally(() =>
      chmodSync(join(source, 'native', 'lib'), 0o755),
    )
    assert.equal(postgres.startsWith(join(at.home, 'postgres', 'runtime-18.9.9')), true)
    assert.equal(readFileSync(join(postgres, '../../lib/libpq.so'), 'utf8'), 'library')
  })

  test('of a reachable project are used where they are, with the links that npm left out', async (t) => {
    const at = testHome(t)
    const source = join(at.base, 'package')
    makePackage(source)
    chmodSync(join(source, 'native', 'bin', 'postgres'), 0o755)
    const place = choosePlace(openHome(at.home), { outside: at.outside, log: () => {} })
    const { postgres } = await prepareBinaries(place, () => {}, source)
    assert.equal(postgres, join(source, 'native', 'bin', 'postgres'))
    assert.equal(readFileSync(join(source, 'native', 'lib', 'libpq.so'), 'utf8'), 'library')
  })
})

/** A package like npm's, with modes as under a strict umask. */
function makePackage(root: string): void {
  for (const folder of ['bin', 'lib', 'share']) mkdirSync(join(root, 'native', folder), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{ "version": "18.9.9" }')
  writeFileSync(join(root, 'native', 'bin', 'postgres'), 'program', { mode: 0o700 })
  writeFileSync(join(root, 'native', 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 })
  writeFileSync(join(root, 'native', 'share', 'postgres.bki'), 'catalog', { mode: 0o600 })
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' }]
  writeFileSync(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links))
}
