import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openPool } from '#libs/sql/database.ts'
import { isServerOf } from './orphan.ts'
import { type EmbeddedServer, startEmbeddedServer } from './server.ts'

/** A home of one test, below a folder that goes with it; servers left on it are killed. */
export interface TestHome {
  readonly base: string
  readonly home: string
  /** Stands in for /var/lib/bankflow. */
  readonly outside: string
  readonly lines: string[]
  start(listen?: 'socket' | 'loopback'): Promise<EmbeddedServer>
}

/** Makes the home's parents: passable by all, or closed to all but us. */
export function testHome(t: TestContext, kind: 'open' | 'closed' = 'open', name = 'home'): TestHome {
  const base = mkdtempSync(join(tmpdir(), 'bf-'))
  chmodSync(base, 0o755)
  const parent = join(base, 'owner')
  mkdirSync(parent)
  chmodSync(parent, kind === 'open' ? 0o755 : 0o700)
  const [home, outside, lines] = [join(parent, name), join(base, 'outside'), [] as string[]]
  const servers: EmbeddedServer[] = []
  t.after(async () => {
    for (const server of servers) await server.stop()
    killServersBelow(base)
    rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })
  return {
    base,
    home,
    outside,
    lines,
    async start(listen = 'socket') {
      const log = (line: string) => lines.push(line)
      const server = await startEmbeddedServer({ home, outside, log, listen, durable: false, sharedBuffers: '16MB' })
      servers.push(server)
      return server
    },
  }
}

function killServersBelow(base: string): void {
  for (const entry of readdirSync(base, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('postmaster.pid')) continue
    const file = join(base, entry)
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    if (isServerOf(join(file, '..'), pid)) process.kill(pid, 'SIGKILL')
  }
}

/** Runs one statement as the superuser on a connection of its own. */
export async function query(server: Pick<EmbeddedServer, 'options'>, statement: string): Promise<unknown[][]> {
  const sql = openPool(server.options('postgres'), { name: 'test', max: 1 })
  try {
    return Array.from(await sql.unsafe(statement).values(), (row) => [...row])
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Another process that starts the server on this home, perhaps as another user, and then waits to be killed. */
export function startElsewhere(t: TestContext, at: TestHome, uid?: number): ChildProcess {
  const program = `
    import { startEmbeddedServer } from ${JSON.stringify(import.meta.resolve('./server.ts'))}
    const [home, outside, uid] = process.argv.slice(1)
    if (uid !== '') { process.setgroups([]); process.setgid(Number(uid)); process.setuid(Number(uid)) }
    const options = { home, outside, durable: false, sharedBuffers: '16MB', log: (line) => console.log(line) }
    const server = await startEmbeddedServer(options).catch((error) => { console.log(error.name + ': ' + error.message); process.exit(1) })
    console.log('ready ' + JSON.stringify({ pid: server.pid(), host: server.connection.host }))
    process.on('SIGTERM', () => server.stop().then(() => console.log('stopped')))`
  const args = ['--input-type=module', '-e', program, at.home, at.outside, uid === undefined ? '' : String(uid)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' })
  t.after(() => child.kill('SIGKILL'))
  return child
}

/** Waits for the first line of a child's output that begins so, and gives the rest of it; throws with all it said when it ends before. */
export async function lineOf(child: ChildProcess, start: string): Promise<string> {
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk)
    const line = said.split('\n').find((text, i, all) => text.startsWith(start) && i < all.length - 1)
    if (line !== undefined) return line.slice(start.length)
  }
  throw new Error(`no line "${start}" in: ${said}`)
}

/** Kills a child without a chance to clean up, and waits until it has gone. */
export async function killHard(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** True while that server of the home runs. */
export function isRunning(at: TestHome, pid: number): boolean {
  const data = join(at.home, 'postgres', 'data')
  return existsSync(data) && isServerOf(data, pid)
}
