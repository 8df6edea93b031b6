import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Type } from 'typebox'
import { anonymous } from '#libs/contract/client.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { eventually } from '#libs/testing/service-test.ts'
import type { Request } from './executor.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'

interface Asked {
  broken?: boolean
  endless?: boolean
}

test('a file in parts is answered in their order, and breaks off where they do', async (t) => {
  const contract = operationsOf('jar-service')({
    id: 'exportJars',
    method: 'GET',
    path: '/jars/export',
    summary: 'All jars as a file',
    access: { anyone: true },
    query: Type.Object({ broken: Type.Optional(Type.Boolean()), endless: Type.Optional(Type.Boolean()) }),
    reply: Type.Object({}),
    files: ['text/csv'],
  })
  const logged: string[] = []
  const server = createHttpServer({
    log: createLog({ service: 'test', level: 'error', destination: { write: (line) => logged.push(line) } }),
    bodyLimitBytes: 1_000,
    constraints: {},
  })
  t.after(() => server.close())
  let ended = 0
  async function* rest({ broken, endless }: Asked) {
    try {
      do yield Buffer.from('b'.repeat(100_000))
      while (endless === true)
      if (broken === true) throw new Error('the jars fell down')
      yield Buffer.from('c')
    } finally {
      ended += 1
    }
  }
  const execute = async ({ input }: Request) => {
    const file = { kind: 'file', content_type: 'text/csv', filename: 'jars.csv', bytes: Buffer.from('a') }
    return { status: 200, reply: { ...file, rest: rest(input.query as Asked) }, headers: {} }
  }
  const callers = { callerOf: async () => anonymous, confirm: async () => {} }
  registerRoute(server, '', contract.path, { contract, execute }, callers)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const whole = await fetch(`${url}/jars/export`)
  assert.equal(await whole.text(), `a${'b'.repeat(100_000)}c`)
  assert.deepEqual(logged, [])
  await assert.rejects(fetch(`${url}/jars/export?broken=true`).then((answer) => answer.text()))
  assert.equal(logged.length, 1)
  assert.match(String(logged[0]), /the jars fell down.*rest.*an answer broke off/s)
  assert.equal((JSON.parse(String(logged[0])) as { route: string }).route, '/jars/export')
  const stop = new AbortController()
  await fetch(`${url}/jars/export?endless=true`, { signal: stop.signal })
  assert.equal(ended, 2)
  stop.abort()
  await eventually(() => ended === 3)
  // The end of the parts comes before anything could be told of it.
  await setImmediate()
  assert.equal(logged.length, 1)
})

test('a file is answered byte by byte with its name, its type and the headers it brings', async (t) => {
  const contract = operationsOf('jar-service')({
    id: 'exportJars',
    method: 'GET',
    path: '/jars/export',
    summary: 'All jars as a file',
    access: { anyone: true },
    reply: Type.Object({}),
    files: ['text/csv'],
  })
  const bytes = Buffer.from('jar_id,label\r\nä,\u0000\r\n')
  const file = { kind: 'file', content_type: 'text/csv; charset=utf-8', filename: '../jars "1".csv', bytes }
  const reply = { ...file, headers: { 'x-next-cursor': 'c1' } }
  const server = createHttpServer({
    log: createLog({ service: 'test', level: 'fatal' }),
    bodyLimitBytes: 1_000,
    constraints: {},
  })
  t.after(() => server.close())
  const execute = async () => ({ status: 200, reply, headers: { 'set-cookie': 'a=b' } })
  const callers = { callerOf: async () => anonymous, confirm: async () => {} }
  registerRoute(server, '', contract.path, { contract, execute }, callers)
  const answer = await server.inject({ method: 'GET', url: '/jars/export' })
  assert.deepEqual(answer.rawPayload, bytes)
  assert.deepEqual(
    ['content-type', 'content-disposition', 'x-next-cursor', 'set-cookie'].map((name) => answer.headers[name]),
    ['text/csv; charset=utf-8', 'attachment; filename="..-jars--1-.csv"', 'c1', 'a=b'],
  )
})
