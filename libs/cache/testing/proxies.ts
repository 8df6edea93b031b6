import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** Joins the ends of two connections, of which each goes with the other. */
export function joined(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => {})
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}

/** Listens for as long as the test lasts. */
export async function listening(t: TestContext, server: Server): Promise<number> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A way to a server on which, from a moment on, new connections wait for their first answer until they are told of something on the old ones. */
export async function slowProxy(t: TestContext, port: number): Promise<{ port: number; slowDown(): void }> {
  let isSlow = false
  const waiting: (() => void)[] = []
  const server = createServer((socket) => {
    const far = connect(port, '127.0.0.1')
    if (!isSlow) {
      far.on('data', (part) => {
        if (part.includes('+switch-master')) for (const go of waiting.splice(0)) setTimeout(go, 200)
        if (part.includes('+switch-master')) isSlow = false
      })
      return joined(socket, far)
    }
    for (const end of [socket, far]) end.on('error', () => {})
    waiting.push(() => joined(socket, far))
  })
  const slowDown = (): void => {
    isSlow = true
  }
  return { port: await listening(t, server), slowDown }
}
