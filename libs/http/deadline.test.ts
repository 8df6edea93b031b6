import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { createLog } from '#libs/telemetry/log.ts'
import { followDeadlines, remainingMs, withDeadline, withoutDeadline } from './deadline.ts'
import { createHttpServer } from './server.ts'

/** A listener that answers how long whoever asked still waits. */
async function openListener(t: TestContext): Promise<string> {
  const log = createLog({ service: 'test', level: 'fatal' })
  const server = createHttpServer({ log, bodyLimitBytes: 1_000, constraints: {} })
  followDeadlines(server)
  server.post('/left', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return String(remainingMs())
  })
  t.after(() => server.close())
  return server.listen({ port: 0, host: '127.0.0.1' })
}

describe('a deadline', () => {
  test('of a request holds for all that is done for it, body and all, and for nothing else', async (t) => {
    const url = await openListener(t)
    const left = async (headers: Record<string, string>): Promise<number> => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' }
      return Number(await (await fetch(`${url}/left`, init)).text())
    }
    const [short, none, odd] = await Promise.all([
      left({ 'x-request-deadline': '5000' }),
      left({}),
      left({ 'x-request-deadline': 'x' }),
    ])
    assert.ok(short > 0 && short <= 5_000)
    assert.deepEqual([none, odd], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  test('is never made longer by what is asked on the way, and does not reach what many wait for', () => {
    withDeadline(1_000, () => {
      withDeadline(60_000, () => assert.ok(remainingMs() <= 1_000))
      withoutDeadline(() => assert.equal(remainingMs(), Number.POSITIVE_INFINITY))
      withDeadline(0, () => assert.equal(remainingMs(), 0))
    })
    assert.equal(remainingMs(), Number.POSITIVE_INFINITY)
  })
})
