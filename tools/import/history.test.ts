import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { presentReached } from './history.ts'

const READY = { name: 'ledger-service', isReady: true }

/** A bank that says of itself what the test says, one answer after the other. */
async function bankSaying(t: TestContext, answers: readonly unknown[]): Promise<{ url: string; asked(): number }> {
  let asked = 0
  const server = createServer((_, reply) => {
    const parts = answers[Math.min(asked++, answers.length - 1)]
    reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'ready', parts }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

test('an import waits until the history of a demo bank has reached today, and says so once', async (t) => {
  const at = (date: string) => [READY, { name: 'history', isReady: true, detail: `it has come to ${date}` }]
  const bank = await bankSaying(t, [at('2026-01-01'), at('2026-02-01'), [READY]])
  const said: string[] = []
  await presentReached(bank.url, (line) => void said.push(line), new AbortController().signal)
  assert.equal(bank.asked(), 3)
  assert.deepEqual(said, ['waiting for the history of the demo bank: it has come to 2026-01-01'])
})

test('a bank without a history is not waited for, and who waits can stop', async (t) => {
  const present = await bankSaying(t, [[READY]])
  const said: string[] = []
  const say = (line: string): void => void said.push(line)
  await presentReached(present.url, say, new AbortController().signal)
  assert.deepEqual([present.asked(), said], [1, []])
  const past = await bankSaying(t, [[{ name: 'history', isReady: true }]])
  await assert.rejects(presentReached(past.url, say, AbortSignal.abort()), /stopped; nothing was sent/)
})
