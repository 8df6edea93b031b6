import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** One PostgreSQL for a whole run of tests. `url` reaches it as a superuser. */
export interface TestServer {
  url: string
  stop(): Promise<void>
}

const PROGRAM = join(import.meta.dirname, '../../tools/test-server.ts')

/** Starts a server of its own in a process of its own; it ends when `stop` is called or this process dies. Throws when it cannot start. */
export async function startTestServer(): Promise<TestServer> {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const url = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => String(line)),
    exited.then(([code]) => Promise.reject(new Error(`the test server ended with ${code} before it was ready`))),
  ])
  // A test file that runs by itself must be able to end; the server then sees its standard input close, and ends too.
  child.unref()
  for (const pipe of [child.stdin, child.stdout] as unknown as Socket[]) pipe.unref()
  return {
    url,
    stop: async () => {
      // Nothing else may keep this process alive until the server is gone.
      child.ref()
      child.stdin.end()
      await exited
    },
  }
}

let own: Promise<TestServer> | undefined

/** The server of this run: the one the runner started, or one of this process's own when a test file is run by itself. */
export async function testServerUrl(): Promise<string> {
  const given = process.env.BANKFLOW_TEST_DATABASE_URL
  if (given !== undefined) return given
  own ??= startTestServer()
  return (await own).url
}
