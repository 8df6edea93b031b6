import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { developmentKeyLine, isDevelopmentKey, KeyRefused, localKeyProvider } from './key-provider.ts'

describe('localKeyProvider', () => {
  const folder = mkdtempSync(join(tmpdir(), 'master-key-'))
  after(() => rmSync(folder, { recursive: true }))

  let made = 0
  function newFile(text?: string, mode = 0o600): string {
    made += 1
    const file = join(folder, `${made}`, 'master.key')
    if (text === undefined) return file
    localKeyProvider({ file, create: true })
    writeFileSync(file, text)
    chmodSync(file, mode)
    return file
  }

  test('a sandbox makes its key once, readable by its owner only, and leaves no other file', () => {
    const file = newFile()
    const first = localKeyProvider({ file, create: true })
    const text = readFileSync(file, 'utf8')
    const second = localKeyProvider({ file, create: true })
    assert.equal(second.keyId, first.keyId)
    assert.deepEqual(second.derive('a'), first.derive('a'))
    assert.equal(readFileSync(file, 'utf8'), text)
    assert.deepEqual(readdirSync(join(file, '..')), ['master.key'])
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  test('a production service without its key file refuses to start, and makes none', () => {
    const file = newFile()
    assert.throws(() => localKeyProvider({ file, create: false }), { name: 'KeyRefused', message: /does not exist/ })
    assert.equal(readdirSync(folder).includes(`${made}`), false)
  })

  test('a key file that others may read or a group may write is refused', {
    skip: process.platform === 'win32',
  }, () => {
    for (const mode of [0o604, 0o644, 0o620, 0o666]) {
      const file = newFile(developmentKeyLine(), mode)
      assert.throws(() => localKeyProvider({ file, create: true }), { name: 'KeyRefused', message: /open to others/ })
    }
    assert.ok(localKeyProvider({ file: newFile(developmentKeyLine(), 0o440), create: false }).keyId)
  })

  test('an empty, foreign, short or damaged key file is refused without showing the key', () => {
    const [title, version, id, key = ''] = developmentKeyLine().split(' ')
    const swapped = (key.startsWith('A') ? 'B' : 'A') + key.slice(1)
    const lines = ['', 'hello', `${title} v2 ${id} ${key}`, `${title} ${version} ${id} ${key.slice(0, 20)}`]
    for (const line of [...lines, `${title} ${version} ${id} ${swapped}`, `${developmentKeyLine()} more`]) {
      const file = newFile(line)
      assert.throws(
        () => localKeyProvider({ file, create: true }),
        (error: Error) => error instanceof KeyRefused && !error.message.includes(key.slice(1, 20)),
        line,
      )
    }
    assert.throws(() => localKeyProvider({ file: folder, create: true }), KeyRefused)
  })

  test('a well-known development key is refused when the service says so', () => {
    const file = newFile(developmentKeyLine())
    assert.ok(localKeyProvider({ file, create: false }).keyId)
    assert.throws(() => localKeyProvider({ file, create: false, refuseDevelopmentKey: true }), /development key/)
    assert.equal(isDevelopmentKey(Buffer.from(developmentKeyLine().split(' ')[3] ?? '', 'base64url')), true)
    assert.equal(isDevelopmentKey(Buffer.alloc(32, 7)), true)
    const own = newFile()
    assert.ok(localKeyProvider({ file: own, create: true, refuseDevelopmentKey: true }).keyId)
  })

  test('each purpose has a subkey of its own, and so has each master key', () => {
    const one = localKeyProvider({ file: newFile(), create: true })
    const other = localKeyProvider({ file: newFile(), create: true })
    const keys = [one.derive('a'), one.derive('b'), other.derive('a'), other.derive('b')]
    assert.equal(new Set(keys.map((key) => key.toString('hex'))).size, 4)
    assert.ok(keys.every((key) => key.length === 32))
  })

  test('after a rotation the new key seals and the old one still opens', async () => {
    const file = newFile()
    const before = localKeyProvider({ file, create: true })
    const wrapped = await before.wrap(Buffer.from('data key'))
    const rotated = localKeyProvider({
      file: newFile(`${developmentKeyLine()}\n${readFileSync(file, 'utf8')}`),
      create: false,
    })
    assert.notEqual(rotated.keyId, before.keyId)
    assert.equal((await rotated.unwrap(before.keyId, wrapped)).toString(), 'data key')
    assert.deepEqual(rotated.derive('a', before.keyId), before.derive('a'))
  })

  test('a wrapped data key opens unchanged only, and under its own master key', async () => {
    const provider = localKeyProvider({ file: newFile(), create: true })
    const wrapped = await provider.wrap(Buffer.from('data key'))
    assert.equal((await provider.unwrap(provider.keyId, wrapped)).toString(), 'data key')
    for (let index = 0; index < wrapped.length; index += 1) {
      const changed = Buffer.from(wrapped)
      changed[index]! ^= 1
      await assert.rejects(provider.unwrap(provider.keyId, changed), KeyRefused)
    }
    await assert.rejects(provider.unwrap(provider.keyId, Buffer.alloc(5)), KeyRefused)
    await assert.rejects(provider.unwrap('unknown', wrapped), KeyRefused)
    const other = localKeyProvider({ file: newFile(), create: true })
    await assert.rejects(other.unwrap(other.keyId, wrapped), KeyRefused)
  })
})
