import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Part } from '../part.ts'
import { freePort } from '../ports.ts'
import type { Warden } from '../warden.ts'

const TIMEOUT_MS = 2_000

export interface Redis {
  readonly url: string
  readonly part: Part
}

/** One redis-server that keeps nothing on disk. Launched; wait for the part. */
export async function launchRedis(program: string, warden: Warden, name = 'redis'): Promise<Redis> {
  const port = await freePort()
  const folder = join(warden.home, name)
  mkdirSync(folder)
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', daemonize: 'no' }
  const part = new Part({
    name,
    command: program,
    args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ready: () => answersPing(port),
    start_limit_ms: 60_000,
    stop_limit_ms: 5_000,
    warden,
  })
  part.launch()
  return { url: `redis://127.0.0.1:${port}`, part }
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'))
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')))
    socket.once('error', reject)
    socket.once('close', () => resolve(false))
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'))
      socket.destroy()
    })
  })
}
