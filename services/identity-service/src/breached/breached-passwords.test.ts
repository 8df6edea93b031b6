import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Clock } from '#libs/clock/clock.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { openBreachedPasswords } from './breached-passwords.ts'
import { expand, LIST_FILE, packList, sha1Of } from './list-maker.ts'
import { openOfflineList } from './offline-list.ts'

const GOOD = 'seven green bottles'

/** A range service of the test's own; `asked` is what it was asked. */
async function openRange(t: TestContext, answer: RequestListener) {
  const asked: { url: string; padding: string | undefined }[] = []
  const server = createServer((request, reply) => {
    asked.push({ url: request.url ?? '', padding: request.headers['add-padding'] as string | undefined })
    answer(request, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  let now = Date.parse('2026-01-01T00:00:00Z')
  const warnings: unknown[] = []
  const { port } = server.address() as AddressInfo
  const sources = {
    breached_list: undefined,
    breached_range_url: `http://127.0.0.1:${port}/range`,
    breached_range_timeout_ms: 200,
  }
  const clock = { wall: { now: () => new Date(now) } } as Clock
  const log = { warn: (...line: unknown[]) => warnings.push(line) } as unknown as Log
  const { isBreached } = openBreachedPasswords(sources, { log, clock })
  return { asked, warnings, isBreached, advance: (ms: number) => (now += ms) }
}

const lineOf = (password: string, count: number): string =>
  `${sha1Of(password).toString('hex').toUpperCase().slice(5)}:${count}`

describe('the list of breached passwords', () => {
  test('ASVS 2.1.7: holds what people make of common words, however it is written, and not what they do not', () => {
    const isListed = openOfflineList(LIST_FILE)
    const known = [
      'liverpool2024',
      'Liverpool2024',
      'LIVERPOOL2024!!',
      'princess123456',
      'dragondragon',
      'iloveyouforever',
    ]
    for (const password of known) assert.equal(isListed(password), true, password)
    for (const password of [GOOD, 'Demo-bank-2026', 'eight brown barrels', '', 'пароль из слов'])
      assert.equal(isListed(password), false, password)
  })

  test('is the one that its words and rules make, so that nobody has to trust a binary', async () => {
    const bases = await readFile(new URL('../../data/base-words.txt', import.meta.url), 'utf8')
    const made = packList([...expand(bases)].map(sha1Of))
    assert.ok(made.equals(await readFile(LIST_FILE)), 'run tools/breached-passwords.ts')
    assert.ok(made.length < 300_000)
  })

  test('finds every one of its entries, the first and the last too, and a bank may bring a list of its own', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'bankflow-breached-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'list.bin')
    const passwords = Array.from({ length: 1_000 }, (_, i) => `breached number ${i}`)
    await writeFile(file, packList(passwords.map(sha1Of)))
    const isListed = openOfflineList(file)
    assert.equal(passwords.filter(isListed).length, 1_000)
    assert.equal(isListed('breached number 1000'), false)
    await writeFile(file, packList([]))
    assert.equal(openOfflineList(file)('breached number 1'), false)
    await writeFile(file, 'BFBREACH1, but no list')
    assert.throws(() => openOfflineList(file), /is no list of breached passwords/)
  })
})

describe('the look-up of breached passwords', () => {
  test('sends five characters of a hash and asks for padding, never the password; padding is no find', async (t) => {
    const body = [lineOf('another password of others', 7), lineOf(GOOD, 3), lineOf('padding that was never seen', 0)]
    const { asked, isBreached } = await openRange(t, (_request, reply) => reply.end(body.join('\r\n')))
    assert.equal(await isBreached(GOOD), true)
    assert.deepEqual(asked, [
      { url: `/range/${sha1Of(GOOD).toString('hex').toUpperCase().slice(0, 5)}`, padding: 'true' },
    ])
    assert.equal(await isBreached('padding that was never seen'), false)
    assert.equal(await isBreached('what nobody ever used'), false)
    assert.equal(await isBreached('liverpool2024'), true)
    assert.equal(asked.length, 3, 'what the list here knows leaves the bank in no form')
  })

  test('that fails, is too slow or says too much changes nothing, says so once, and is asked again after a while', async (t) => {
    const answers: RequestListener[] = [
      (_request, reply) => reply.writeHead(503).end(),
      () => {},
      (_request, reply) => reply.end('x'.repeat(2_000_000)),
      (_request, reply) => reply.end(lineOf(GOOD, 1)),
    ]
    let at = 0
    const { asked, warnings, isBreached, advance } = await openRange(t, (request, reply) =>
      answers[at]?.(request, reply),
    )
    for (; at < 3; at++) {
      assert.equal(await isBreached(GOOD), false)
      assert.equal(await isBreached(GOOD), false)
      assert.equal(asked.length, at + 1, 'it is left alone meanwhile')
      assert.equal(warnings.length, at + 1)
      assert.equal(JSON.stringify(warnings).includes(GOOD), false)
      advance(30_001)
    }
    assert.equal(await isBreached(GOOD), true)
  })
})
