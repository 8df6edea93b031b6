import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { Problem } from '#libs/problem/problem.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { samplerOf } from '#libs/telemetry/sampling.ts'
import { type EndedSpan, recordSpans } from '#libs/telemetry/spans.ts'
import { aService } from '#libs/testing/callers.ts'
import { getJar, takeSweets } from '#libs/testing/jar-contracts.ts'
import { problems } from '#libs/testing/jar-service.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { createClient } from './client.ts'
import { createDiscovery } from './discovery.ts'
import type { Answer, Executor } from './executor.ts'
import { inOperation } from './operation-span.ts'
import { createRemotePeers } from './remote.ts'
import type { CallerSource } from './routes.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'
import { traceRequests } from './server-spans.ts'

const jar_id = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'
const jar = { jar_id, customer_id: jar_id, label: 'planted words', sweets: 1, worth_cents: 5n }

/** A service behind HTTP that answers so, a client of it, and the spans of both. */
async function openPair(t: TestContext, answer: () => Promise<Answer>) {
  const ended: EndedSpan[] = []
  t.after(recordSpans(samplerOf('parentbased_always_on'), (span) => void ended.push(span)))
  const log = createLog({ service: 'jar-service', level: 'silent' })
  const server = createHttpServer({ log, bodyLimitBytes: 10_000, constraints: {} })
  traceRequests(server, () => 'jar-service')
  const executor: Executor = {
    contract: getJar,
    execute: (request) => inOperation(getJar, { service: 'jar-service' }, request, answer),
  }
  const callers: CallerSource = { callerOf: async () => aService('kitchen-service'), confirm: async () => {} }
  registerRoute(server, '/api/v1', getJar.path, executor, callers)
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  const others = createDiscovery({ addressesOf: () => `http://127.0.0.1:${port}` })
  t.after(async () => {
    others.stop()
    await server.close()
  })
  const peers = createRemotePeers({ others, key: generateSigningKey(), nowS: () => 1_800_000_000 })
  const client = createClient('kitchen-service', () => undefined, peers)
  return { client, ended, port }
}

function titled(spans: readonly EndedSpan[], kind: EndedSpan['kind']): EndedSpan {
  const found = spans.find((span) => span.kind === kind)
  assert.ok(found, `${kind} among ${spans.map(({ name }) => name)}`)
  return found
}

test('a call to another process is one trace: the client, the server below it, and the operation below that', async (t) => {
  const { client, ended, port } = await openPair(t, async () => ({ status: 200, reply: jar, headers: {} }))
  const trace = newTrace()
  await withTrace(trace, () => client.call(getJar, { params: { jar_id } }))
  // A server's span is over with its answer, which the client may have by then.
  const served = await eventually(() => titled(ended, 'server'), 30_000)
  const [asked, done] = [titled(ended, 'client'), titled(ended, 'internal')]
  assert.deepEqual(new Set(ended.map(({ trace_id }) => trace_id)), new Set([trace.traceparent.slice(3, 35)]))
  assert.deepEqual(
    [asked.parent_span_id, served.parent_span_id, done.parent_span_id],
    [undefined, asked.span_id, served.span_id],
  )
  assert.deepEqual(
    [asked.service, asked.name, served.name, done.name],
    ['kitchen-service', 'GET /jars/:jar_id', 'GET /api/v1/jars/:jar_id', 'getJar'],
  )
  const { 'server.address': address, 'server.port': at, 'http.response.status_code': status } = asked.attributes
  assert.deepEqual([address, at, status], ['127.0.0.1', port, 200])
  assert.doesNotMatch(JSON.stringify(ended), new RegExp(`${jar_id}|planted`))
})

test('a refusal fails the call that asked for it, by its status, and neither the server nor the operation', async (t) => {
  const { client, ended } = await openPair(t, async () => {
    throw new Problem(problems.JAR_EMPTY)
  })
  await assert.rejects(
    withTrace(newTrace(), () => client.call(getJar, { params: { jar_id } })),
    Problem,
  )
  // A server's span is over with its answer, which the client may have by then.
  const served = await eventually(() => titled(ended, 'server'), 30_000)
  const [asked, done] = [titled(ended, 'client'), titled(ended, 'internal')]
  assert.deepEqual([asked.is_error, served.is_error, done.is_error], [true, false, false])
  assert.equal(asked.attributes['error.type'], String(problems.JAR_EMPTY.status))
  assert.equal(done.attributes['bankflow.outcome'], 'JAR_EMPTY')
})

test('what a process asks by itself again and again is not recorded; members of a batch are linked, each in its own trace', async (t) => {
  const { client, ended } = await openPair(t, async () => ({ status: 200, reply: jar, headers: {} }))
  await client.call(getJar, { params: { jar_id } })
  assert.deepEqual(ended, [])
  const traces = [newTrace(), newTrace()]
  const members = traces.map((trace) => ({ params: { jar_id }, body: { sweets: 1 }, key: 'k', trace }))
  await assert.rejects(client.callMany(takeSweets, members))
  const asked = titled(ended, 'client')
  assert.equal(asked.name, 'POST /internal/batch/takeSweets')
  assert.deepEqual(
    asked.links.map(({ trace_id }) => trace_id),
    traces.map(({ traceparent }) => traceparent.slice(3, 35)),
  )
})
