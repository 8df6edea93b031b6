import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Allowance } from './sliding-window.ts'
import { actsAsOne, back, eventually, isAllowed, open, survivesFailover } from './testing/processes.ts'
import { freePort, startCluster, startRedis, startSentinel } from './testing/redis-servers.ts'

describe('a cache in Redis', () => {
  test('is one for all processes: limits, values, locks, nudges', async (t) => {
    const { port } = await startRedis(t, ['--requirepass', 'a:b@c'])
    await actsAsOne(t, `redis://:a%3Ab%40c@127.0.0.1:${port}/3`)
  })

  test('answers without Redis, says so once, and is one again when Redis is back', async (t) => {
    const server = await startRedis(t)
    const lines: string[] = []
    const [one, other] = [
      await open(t, `redis://127.0.0.1:${server.port}`, lines),
      await open(t, `redis://127.0.0.1:${server.port}`),
    ]
    lines.length = 0
    await one.set('key', 'value', 60_000)
    const held = await one.lock('lock', 60_000)
    const taken = await one.take('ben', 5)
    assert.equal(taken.isCountedTogether, true)
    await server.kill()
    const alone: Allowance[] = []
    for (let i = 0; i < 6; i++) alone.push(await one.take('ana', 5))
    assert.equal(alone.at(-1)?.isAllowed, false, 'the process counts by itself')
    assert.equal(await isAllowed(other.take('ana', 5)), true, 'and so does the other')
    assert.equal(await one.get('key'), null)
    await one.set('key', 'value', 60_000)
    await held?.release()
    assert.equal((await one.lock('lock', 60_000))?.isHeld, false, 'who holds a lock is not known: work goes on')
    one.giveBack('ben', taken)
    assert.equal(one.isWhole(0), false)
    await eventually(() => one.figures().isCutOff, 'the process is cut off')
    assert.equal(one.figures().cuts, 1)
    assert.equal(lines.length, 1, lines.join(''))
    assert.match(lines[0] as string, /goes on by itself/)
    await server.start()
    await back(one)
    await back(other)
    assert.equal(lines.length, 2, lines.join(''))
    assert.equal(await isAllowed(one.take('cleo', 1)), true)
    assert.equal(await isAllowed(other.take('cleo', 1)), false)
    assert.equal(one.isWhole(3_600_000), false, 'what was set before is gone, and that is known')
  })

  test('does not wait for a Redis that answers nothing', async (t) => {
    const server = await startRedis(t)
    const cache = await open(t, `redis://127.0.0.1:${server.port}`)
    server.freeze()
    t.after(() => server.thaw())
    // Each of these would wait for ever.
    const taken = await Promise.all(Array.from({ length: 50 }, () => cache.take('ana', 3)))
    assert.equal(taken.filter((one) => one.isAllowed).length, 3)
    assert.equal(await cache.get('key'), null)
    assert.equal((await cache.lock('lock', 1_000))?.isHeld, false)
    assert.equal(cache.figures().isCutOff, true)
    assert.ok(cache.figures().failures >= 3)
    server.thaw()
    await back(cache)
  })

  test('gives a lock to somebody else when its holder has died', async (t) => {
    const { port } = await startRedis(t)
    const holder = await open(t, `redis://127.0.0.1:${port}`)
    const other = await open(t, `redis://127.0.0.1:${port}`)
    assert.equal((await holder.lock('lock:acct:1', 1_500))?.isHeld, true)
    assert.equal(await other.lock('lock:acct:1', 1_500), null)
    await holder.close()
    await eventually(async () => (await other.lock('lock:acct:1', 60_000)) !== null, 'the lock is free')
  })

  test('opens where Redis is away, and finds it when it comes', async (t) => {
    const port = await freePort()
    const lines: string[] = []
    const cache = await open(t, `redis://127.0.0.1:${port}`, lines)
    assert.equal(await isAllowed(cache.take('ana', 1)), true)
    assert.equal(lines.length, 1, lines.join(''))
    await startRedis(t, [], port)
    await back(cache)
    assert.equal((await cache.take('ana', 1)).isCountedTogether, true)
  })

  test('follows Sentinel to the server that takes over', async (t) => {
    const { url, master } = await startSentinel(t)
    await survivesFailover(t, url, master)
  })

  test('is one over a cluster, and goes on when a master of it dies', async (t) => {
    const { url, first } = await startCluster(t)
    const [one, other] = await actsAsOne(t, url)
    await first.kill()
    // Keys of every slot: a third of them has no server for a while.
    const keys = Array.from({ length: 30 }, (_, i) => `user ${i}`)
    for (const key of keys) assert.equal(await isAllowed(one.take(key, 1000)), true)
    assert.equal(one.isWhole(10_000), false)
    const isWhole = async (): Promise<boolean> => {
      const taken = await Promise.all(keys.flatMap((key) => [one.take(key, 1000), other.take(key, 1000)]))
      return taken.every((allowance) => allowance.isCountedTogether)
    }
    await eventually(isWhole, 'every key has a server again')
  })
})
