import { rm } from 'node:fs/promises'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'

/**
 * The PostgreSQL of a test run: started on an empty folder, its URL printed as one line, gone when standard input closes, so that it never
 * outlives the tests, however they end.
 */
const home = await makeTemporaryHome('bankflow-test-')
const server = await startEmbeddedServer({
  home,
  log: () => {},
  listen: 'loopback',
  durable: false,
  maxConnections: 300,
})
console.log(server.url('postgres'))

process.stdin.resume()
process.stdin.once('end', () => void stop())
process.once('SIGTERM', () => void stop())
process.once('SIGINT', () => {})

async function stop(): Promise<void> {
  await server.stop()
  await rm(home, { recursive: true, force: true })
  process.exit(0)
}
