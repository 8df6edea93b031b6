import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '#libs/telemetry/log.ts'
import type { Cache } from '../cache.ts'
import { openRedisCache } from '../redis-cache.ts'
import type { RedisTls } from '../redis-client.ts'
import { type RedisPlace, redisPlaceOf } from '../redis-place.ts'
import type { Allowance } from '../sliding-window.ts'
import type { RedisServer } from './redis-servers.ts'

const WAIT_MS = 60_000

/** A process's cache, and the lines that it logs. */
export async function open(t: TestContext, url: string, lines: string[] = [], tls: RedisTls = {}): Promise<Cache> {
  const log = createLog({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const place = redisPlaceOf(url) as RedisPlace
  const cache = await openRedisCache({ place, tls, prefix: 'bank:', deadlineMs: 500, log })
  t.after(() => cache.close())
  return cache
}

/** Waits until it is so. */
export async function eventually(isSo: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + WAIT_MS
  while (!(await isSo())) {
    if (performance.now() > end) assert.fail(`it did not come about that ${what}`)
    await sleep(20)
  }
}

/** Waits until Redis is asked again. */
export const back = (cache: Cache): Promise<void> => eventually(() => !cache.figures().isCutOff, 'Redis is asked again')
export const isAllowed = async (taken: Promise<Allowance> | Allowance): Promise<boolean> => (await taken).isAllowed

/** Two processes over one Redis, whichever way it is run. */
export async function actsAsOne(t: TestContext, url: string, tls: RedisTls = {}): Promise<[Cache, Cache]> {
  const [one, other] = [await open(t, url, [], tls), await open(t, url, [], tls)]
  assert.equal(one.figures().isCutOff, false)
  const remaining: number[] = []
  // A limit far above what is taken, so that the end of a minute in between changes little.
  for (let i = 0; i < 6; i++) remaining.push((await (i % 2 ? one : other).take('user ana', 1000)).remaining)
  assert.ok((remaining[5] as number) <= 996, `${remaining}`)
  const given = await one.take('user ben', 1)
  assert.equal(given.isAllowed, true)
  assert.equal(await isAllowed(other.take('user ben', 1)), false)
  one.giveBack('user ben', given)
  assert.equal(await isAllowed(one.take('user ben', 1)), true)

  await one.set('fresh:ana', '1', 60_000)
  assert.equal(await other.get('fresh:ana'), '1')
  await other.drop(['fresh:ana', 'another'])
  assert.equal(await one.get('fresh:ana'), null)

  const held = await one.lock('lock:acct:1', 60_000)
  assert.equal(held?.isHeld, true)
  assert.equal(await other.lock('lock:acct:1', 60_000), null)
  await held?.release()
  assert.equal((await other.lock('lock:acct:1', 60_000))?.isHeld, true)
  await held?.release()
  assert.equal(await one.lock('lock:acct:1', 60_000), null, 'nobody gives back what is another’s')

  const heard: string[] = []
  const end = other.subscribe('nudges', (text) => void heard.push(text))
  const isHeard = (): boolean => {
    one.publish('nudges', 'a b')
    return heard.length > 0
  }
  await eventually(isHeard, 'a nudge is heard in the other process')
  assert.equal(heard[0], 'a b')
  end()
  return [one, other]
}

/** Two processes, whose server dies. */
export async function survivesFailover(
  t: TestContext,
  url: string,
  master: Pick<RedisServer, 'kill'>,
  tls: RedisTls = {},
): Promise<void> {
  const [one, other] = await actsAsOne(t, url, tls)
  const heard: string[] = []
  other.subscribe('nudges', (text) => void heard.push(text))
  await master.kill()
  await isAllowed(one.take('ana', 1000))
  await eventually(() => one.figures().cuts > 0, 'the loss is seen')
  await back(one)
  await back(other)
  assert.equal(await isAllowed(one.take('dora', 1)), true)
  assert.equal(await isAllowed(other.take('dora', 1)), false)
  const isHeard = (): boolean => {
    one.publish('nudges', 'after it')
    return heard.length > 0
  }
  await eventually(isHeard, 'a nudge is heard by way of the new server')
}
