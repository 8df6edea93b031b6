import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** For tests: a bank whose answers can be kept from the program. */
export interface Relay {
  url: string
  /** Called when a batch has reached the bank and before its answer goes back. */
  onBatch: (nth: number) => void
  batches(): number
}

/** Stands between the program and the bank, so that the test can end the program at a batch that the bank has and the program does not know of. */
export async function relayTo(bank: string, t: TestContext): Promise<Relay> {
  let batches = 0
  const server = createServer((asked, reply) => {
    const { method, headers, url: path } = asked
    const onward = httpRequest(`${bank}${path}`, { method: method ?? 'GET', headers }, (answer) => {
      if (path?.endsWith('/batches') === true) {
        batches += 1
        relay.onBatch(batches)
      }
      reply.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(reply)
    })
    onward.on('error', () => reply.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const relay: Relay = { url, onBatch: () => {}, batches: () => batches }
  return relay
}
