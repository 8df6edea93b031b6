import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLog } from '#libs/telemetry/log.ts'
import { type OtlpReceiver, openOtlpReceiver, type ReceivedSpan } from '#libs/testing/otlp-receiver.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { startTelemetry, type Telemetry } from '../telemetry.ts'
import { type TelemetrySettings, telemetryOf } from '../telemetry-settings.ts'
import { type Api, aKey } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { splitBank } from '../testing/split-bank.ts'

/** The bank as four processes; money passes from one to the next and back. */
const PARTS = [
  ['api-gateway'],
  ['transaction-service', 'identity-service', 'account-service'],
  ['ledger-service', 'admin-service', 'customer-service'],
  ['fraud-service', 'notification-service', 'audit-service'],
]
const TRACED = { OTEL_BSP_SCHEDULE_DELAY: '100' }
const LATE_MS = 60_000

/** What leads to the payer's notice, from the gateway on; between them are calls and the publishing of events. */
const MAIN_LINE = [
  'bankflow-api-gateway POST /api/v1/transactions/transfer',
  'bankflow-transaction transferMoney',
  'bankflow-transaction process transaction.initiated',
  'bankflow-fraud process transaction.balance_reserved',
  'bankflow-transaction process fraud.check.completed',
  'bankflow-transaction process transaction.processing',
  'bankflow-notification process transaction.completed',
  'bankflow-notification process outgoing-notice',
]
/** What the books do, each below the step that asked for it. */
const BOOKED = [
  ['bankflow-transaction process transaction.initiated', 'bankflow-ledger placeHold'],
  ['bankflow-transaction process transaction.processing', 'bankflow-ledger postTransaction'],
] as const

interface Trace {
  spans: ReceivedSpan[]
  /** The span and those above it, the outermost first. */
  lineOf(span: ReceivedSpan): string[]
}

/** The spans of a trace that begins below `root_span_id`, when all that they name is there. */
function traceOf({ spans: all }: OtlpReceiver, traceparent: string): Trace {
  const [, trace_id, root_span_id = ''] = traceparent.split('-')
  const spans = all.filter((span) => span.traceId === trace_id)
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const lost = spans.filter(({ parentSpanId = '' }) => parentSpanId !== root_span_id && !byId.has(parentSpanId))
  assert.deepEqual(lost.map(titleOf), [], 'every span but the first stands below another of its trace')
  const lineOf = (span: ReceivedSpan): string[] => {
    const above = byId.get(span.parentSpanId ?? '')
    return [...(above === undefined ? [] : lineOf(above)), titleOf(span)]
  }
  return { spans, lineOf }
}

function titleOf({ service, name }: ReceivedSpan): string {
  return `${service} ${name}`
}

/** The trace of a transfer once its last notice has gone out. */
function wholeTrace(receiver: OtlpReceiver, traceparent: string): Promise<Trace> {
  return eventually(() => {
    const trace = traceOf(receiver, traceparent)
    const { spans, lineOf } = trace
    const last = spans.find((span) => titleOf(span) === MAIN_LINE.at(-1))
    assert.ok(last, `so far: ${spans.map(titleOf).join(', ')}`)
    assert.deepEqual(
      lineOf(last).filter((title) => MAIN_LINE.includes(title)),
      MAIN_LINE,
    )
    for (const [asked, booked] of BOOKED) {
      const span = spans.find((one) => titleOf(one) === booked)
      assert.ok(span !== undefined && lineOf(span).includes(asked), `${booked} below ${asked}`)
    }
    return trace
  }, LATE_MS)
}

function newTraceparent(flags = '01'): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${flags}`
}

interface Pair {
  payer: Awaited<ReturnType<Api['newCustomer']>>
  payee: Awaited<ReturnType<Api['newCustomer']>>
  source: { account_id: string; account_number: string }
  destination: { account_id: string; account_number: string }
}

async function customers(api: Api): Promise<Pair> {
  const [payer, payee, teller] = await Promise.all([api.newCustomer(), api.newCustomer(), api.signIn('teller')])
  const source = await api.openAccount(payer.token)
  const destination = await api.openAccount(payee.token)
  await api.deposit(teller, source.account_id, 100_000)
  return { payer, payee, source, destination }
}

async function transfer(api: Api, { payer, source, destination }: Pair, traceparent: string): Promise<string> {
  const wish = {
    source_account_id: source.account_id,
    destination_account_number: destination.account_number,
    amount_cents: 1_000,
    currency: 'EUR',
    description: 'planted words',
  }
  const sent = { token: payer.token, key: aKey(), headers: { traceparent } }
  const { body } = await api.expect(202, api.post('/transactions/transfer', wish, sent))
  return body.transaction_id
}

/** Nothing by which a person, an account or a secret could be known. */
function assertNothingPersonal({ bodies }: OtlpReceiver, { payer, payee, source, destination }: Pair): void {
  const text = bodies.join('\n')
  const people = [payer, payee].flatMap(({ email, token }) => [email, email.split('@')[0] as string, token])
  const planted = [...people, source.account_number, destination.account_number, 'planted words', 'Test', 'eyJ']
  for (const secret of planted) assert.ok(!text.includes(secret), `${secret} is in a span`)
}

/** What a process says at /metrics stands in the table of docs/telemetry.md, with its type and its labels, and nothing failed to be collected. */
function assertDocumented(scraped: string): void {
  const page = readFileSync(join(import.meta.dirname, '../../docs/telemetry.md'), 'utf8')
  const rows = page.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) \|/gm)
  const table = new Map(
    [...rows].map(([, name, type, labels]) => [name, { type, labels: labels?.match(/\w+/g) ?? [] }]),
  )
  const types = [...scraped.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type]) => [name, type] as const)
  assert.ok(types.length > 10)
  for (const [name, type] of types) assert.equal(table.get(name)?.type, type, name)
  for (const [, name = '', labels = ''] of scraped.matchAll(/^(\w+)\{(.*)\} /gm)) {
    const family = table.get(name) ?? table.get(name.replace(/_(bucket|sum|count)$/, ''))
    const said = [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label)
    assert.deepEqual(said.filter((label) => label !== 'le').toSorted(), family?.labels.toSorted(), name)
  }
  assert.doesNotMatch(scraped, /collect_failed/)
}

describe('traces of a bank in one process', () => {
  let receiver: OtlpReceiver
  let telemetry: Telemetry
  let bank: TestBank

  before(async () => {
    receiver = await openOtlpReceiver()
    const settings = telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...TRACED }) as TelemetrySettings
    telemetry = await startTelemetry(settings, '1', createLog({ service: 'test', level: 'silent' }))
    bank = await openBank()
  })
  after(async () => {
    await bank?.close()
    await telemetry?.stop()
    await receiver.close()
  })

  test('transfers that are decided together are a whole trace each, and the batch is linked with all of them', async () => {
    const pair = await customers(bank.api)
    const traces = Array.from({ length: 8 }, () => newTraceparent())
    const ids = await Promise.all(traces.map((traceparent) => transfer(bank.api, pair, traceparent)))
    for (const id of ids) assert.equal((await bank.api.ended(pair.payer.token, id)).status, 'COMPLETED')
    const whole = await Promise.all(traces.map((traceparent) => wholeTrace(receiver, traceparent)))

    const members = whole.flatMap(({ spans }) => spans.filter(({ name }) => name === 'placeHold'))
    assert.equal(members.length, 8)
    const batches = receiver.spans.filter(({ name }) => name === 'placeHold batch')
    assert.ok(batches.length > 0, 'eight holds at once are decided in batches')
    for (const batch of batches) {
      const theirs = members.filter(({ links }) => links.some(({ spanId }) => spanId === batch.spanId))
      assert.equal(theirs.length, batch.attributes['bankflow.batch.size'])
      const named = [batch.parentSpanId, ...batch.links.map(({ spanId }) => spanId)]
      assert.deepEqual(named.toSorted(), theirs.map(({ spanId }) => spanId).toSorted())
    }
    assertNothingPersonal(receiver, pair)
  })

  test('a refusal is told by its code and is no failure; a trace that its sender does not record is recorded by nobody', async () => {
    const { payer, source } = await customers(bank.api)
    const [traceparent, unsampled] = [newTraceparent(), newTraceparent('00')]
    const path = `/accounts/${source.account_id}`
    await bank.api.expect(200, bank.api.get(path, { token: payer.token, headers: { traceparent: unsampled } }))
    const stranger = await bank.api.newStranger()
    await bank.api.expect(404, bank.api.get(path, { token: stranger.token, headers: { traceparent } }))
    const found = await eventually(() => {
      const { spans } = traceOf(receiver, traceparent)
      return spans.some(({ name }) => name === 'GET /api/v1/accounts/:account_id') && spans
    }, LATE_MS)
    const operation = found.find(({ name }) => name === 'getAccount')
    assert.equal(operation?.attributes['bankflow.outcome'], 'NOT_FOUND')
    assert.ok(found.every(({ status }) => status === undefined))
    assert.deepEqual(traceOf(receiver, unsampled).spans, [])
    assert.ok(!receiver.bodies.join().includes(source.account_id), 'a path says which account was meant')
  })
})

test('one transfer is one trace across four processes, and nothing in it says whose', {
  timeout: 290_000,
}, async (t) => {
  const receiver = await openOtlpReceiver()
  t.after(() => receiver.close())
  const { api, parts } = await splitBank(t, PARTS, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...TRACED })
  const pair = await customers(api)
  const traceparent = newTraceparent()
  const id = await transfer(api, pair, traceparent)
  assert.equal((await api.ended(pair.payer.token, id)).status, 'COMPLETED')
  const { spans, lineOf } = await wholeTrace(receiver, traceparent)

  const calls = spans.filter(({ kind, name }) => kind === 2 && name.startsWith('POST /internal/batch/'))
  assert.ok(calls.length >= 2, 'the books are asked over HTTP')
  for (const call of calls) {
    const [caller, asked] = lineOf(call).slice(-2)
    assert.deepEqual([caller, asked], [`bankflow-transaction ${call.name}`, `bankflow-ledger ${call.name}`])
  }
  const [forwarded] = spans.filter(({ service, kind }) => service === 'bankflow-api-gateway' && kind === 3)
  assert.deepEqual(
    [forwarded?.attributes['server.address'], forwarded?.attributes['http.response.status_code']],
    ['127.0.0.1', 202],
  )
  assertNothingPersonal(receiver, pair)

  const scraped = await (await fetch(`http://127.0.0.1:${parts[2]?.port}/metrics`)).text()
  assertDocumented(scraped)
  assert.match(scraped, /\nbankflow_spans_total\{fate="exported"\} [1-9]/)
  assert.match(scraped, /\nbankflow_spans_total\{fate="queue_full"\} 0\n/)
})
