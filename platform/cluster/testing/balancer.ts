import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../ports.ts'

/** One address before several gateways. */
export interface Balancer {
  readonly url: string
  close(): Promise<void>
}

/** Hands each connection to the next gateway that takes it, as a load balancer does that looks at nothing else. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>()
  let turn = 0
  const keep = (one: Socket, other: () => Socket | undefined): void => {
    open.add(one)
    one.on('error', () => {})
    one.on('close', () => {
      open.delete(one)
      // What was answered before the end still comes: a body that is too large is refused while it is being sent.
      other()?.destroySoon()
    })
  }
  const server = createServer((client) => {
    let gateway: Socket | undefined
    keep(client, () => gateway)
    const tryNext = (triesLeft: number): void => {
      const one = connect({ port: ports[turn++ % ports.length] as number, host: '127.0.0.1' })
      const refused = (): void => {
        if (triesLeft > 1 && !client.destroyed) tryNext(triesLeft - 1)
        else client.destroy()
      }
      one.once('error', refused)
      one.once('connect', () => {
        one.off('error', refused)
        gateway = one
        keep(one, () => client)
        if (client.destroyed) one.destroy()
        client.pipe(one)
        one.pipe(client)
      })
    }
    tryNext(ports.length)
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
