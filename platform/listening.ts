import { once } from 'node:events'
import { createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface Place {
  port: number
  host: string
  /** Connections at most; those beyond are closed at once. */
  maxConnections: number
}

/** Opens a server at its place; the URL at which this machine reaches it. */
export async function listenAt(server: FastifyInstance, place: Place): Promise<string> {
  server.server.maxConnections = place.maxConnections
  await server.listen({ port: place.port, host: place.host })
  const address = server.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : place.port
  const name = /^(127\.0\.0\.1|::1)$/.test(place.host) ? 'localhost' : place.host
  return `http://${name}:${bound}`
}

/** Takes nothing new at any of its doors and answers what is under way; what is not done after `drainS` seconds (a client that says nothing more) is cut off. */
export async function closeWithin(
  server: FastifyInstance,
  drainS: number,
  doors: readonly { closeAllConnections(): void }[] = [],
): Promise<void> {
  const cutOff = (): void => {
    for (const door of [server.server, ...doors]) door.closeAllConnections()
  }
  const timer = setTimeout(cutOff, drainS * 1000)
  try {
    await server.close()
  } finally {
    clearTimeout(timer)
  }
}

/** Throws what listening there would throw (EADDRINUSE, EACCES), so that it is known before anything else is started. */
export async function probePlace({ port, host }: Pick<Place, 'port' | 'host'>): Promise<void> {
  if (port === 0) return
  const probe = createServer().listen({ port, host })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}
