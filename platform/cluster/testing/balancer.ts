import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../ports.ts'

/** One address before several gateways. */
export interface Balancer {
  readonly url: string
  close(): Promise<void>
}

/** Hands each connection to the next gateway, as a load balancer does that looks at nothing. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    const port = ports[turn++ % ports.length] as number
    const gateway = connect({ port, host: '127.0.0.1' })
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
