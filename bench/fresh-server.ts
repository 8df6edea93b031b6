import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type KeyProvider, localKeyProvider } from '#libs/crypto/key-provider.ts'
import { migrateAll } from '#platform/databases.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#platform/embedded/server.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'

/** A server with the empty databases of some services: fsync on, as it would run. */
interface FreshServer {
  /** A folder that goes with it. */
  home: string
  server: EmbeddedServer
  keys: KeyProvider
}

/** Opens something; when that fails, all that was begun for it is ended again. What is opened ends `begun` when it is stopped. */
export async function openWhole<T>(open: (begun: AsyncDisposableStack) => Promise<T>): Promise<T> {
  const begun = new AsyncDisposableStack()
  try {
    return await open(begun)
  } catch (error) {
    await begun.disposeAsync()
    throw error
  }
}

/** Starts a server in a folder that goes with it. */
export async function startFreshServer(services: readonly string[], begun: AsyncDisposableStack): Promise<FreshServer> {
  const home = await makeTemporaryHome('bankflow-bench-')
  begun.defer(() => rm(home, { recursive: true, force: true }))
  const server = await startEmbeddedServer({ home, log: () => {}, maxConnections: 400, sharedBuffers: '1GB' })
  begun.defer(() => server.stop())
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await migrateAll(server.options, keys, services, () => {})
  return { home, server, keys }
}

/** Lets a server listen where there is room on this machine; the port. */
export async function listening(server: FastifyInstance, begun: AsyncDisposableStack): Promise<number> {
  begun.defer(() => server.close())
  await server.listen({ port: 0, host: '127.0.0.1' })
  return (server.server.address() as { port: number }).port
}
