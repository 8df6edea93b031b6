import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { eventually } from '#libs/testing/service-test.ts'
import { testComponents } from '../testing/components.ts'
import { startWarden } from '../warden.ts'
import { brokersSeenBy } from './kafka-probe.ts'
import { programOf } from './place.ts'
import { launchRedis } from './redis.ts'

const { kafka, redis, redisServer, toxiproxy } = testComponents()
const without = (part: string | undefined, name: string) => (part === undefined ? `${name} is not here` : false)

describe('the components of a run', () => {
  test('each of three brokers knows of all three, and of a controller', { skip: without(kafka, 'Kafka') }, async () => {
    const ports = (kafka ?? '').split(',').map((address) => Number(address.split(':')[1]))
    assert.deepEqual(await Promise.all(ports.map(brokersSeenBy)), [3, 3, 3])
  })

  test('Redis answers', { skip: without(redis, 'Redis') }, async () => {
    const socket = connect({ port: Number(new URL(redis as string).port), host: '127.0.0.1' })
    socket.write('PING\r\n')
    assert.equal(String((await once(socket, 'data'))[0]), '+PONG\r\n')
    socket.destroy()
  })

  test('toxiproxy makes a proxy and takes it away', { skip: without(toxiproxy, 'toxiproxy') }, async () => {
    const body = JSON.stringify({ name: 'nowhere', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' })
    assert.equal((await fetch(`${toxiproxy}/proxies`, { method: 'POST', body })).status, 201)
    assert.equal((await fetch(`${toxiproxy}/proxies/nowhere`, { method: 'DELETE' })).status, 204)
  })
})

describe('a part', { skip: without(redisServer, 'redis-server') }, () => {
  test('that was killed says so, and comes back at the same place', async () => {
    const warden = await startWarden()
    const { part, url } = await launchRedis(programOf('redis-server', ''), warden)
    await part.untilReady()
    const before = part.pid
    await part.kill()
    assert.deepEqual([part.state, part.isAlive], ['gone', false])
    await part.restart()
    assert.notEqual(part.pid, before)
    assert.equal(await part.stop(), 0)
    assert.equal(part.state, 'stopped')
    assert.match(url, /^redis:\/\/127\.0\.0\.1:\d+$/)
    await warden.close()
  })

  test('that cannot start is told with its last words', async () => {
    const warden = await startWarden()
    const { part } = await launchRedis('/bin/ls', warden)
    await assert.rejects(part.untilReady(), /redis ended before it was ready:\n.*--port/s)
    await warden.close()
  })

  test('never outlives the program that started it, also when that is killed', async () => {
    const program = `
      import { startWarden } from ${JSON.stringify(import.meta.resolve('../warden.ts'))}
      import { launchRedis } from ${JSON.stringify(import.meta.resolve('./redis.ts'))}
      const { part } = await launchRedis(${JSON.stringify(redisServer)}, await startWarden())
      await part.untilReady()
      console.log(part.pid)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(child.stdout), 'line')
    const pid = Number(line)
    process.kill(pid, 0)
    child.kill('SIGKILL')
    await eventually(() => assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }), 60_000)
  })
})
