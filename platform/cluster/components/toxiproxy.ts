import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { Part } from '../part.ts'
import { freePort } from '../ports.ts'
import type { Warden } from '../warden.ts'
import { keptFolder, programOf, runInstaller } from './place.ts'

const VERSION = '2.5.0'

/** The program, built by Go at the first time. Throws NotObtainable. */
export async function obtainToxiproxy(): Promise<string> {
  const folder = await keptFolder(`toxiproxy-${VERSION}`, async (half) => {
    const go = programOf('go', 'Debian: golang')
    const env = { ...process.env, GOBIN: half, CGO_ENABLED: '0' }
    const module = `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`
    await runInstaller(go, ['install', '-trimpath', '-ldflags', '-s -w', module], { cwd: half, env })
    renameSync(join(half, 'server'), join(half, 'toxiproxy'))
  })
  return join(folder, 'toxiproxy')
}

export interface Toxiproxy {
  /** Its HTTP API, by which proxies and faults are made. */
  readonly api: string
  readonly part: Part
}

/** A toxiproxy without proxies. Launched; wait for the part. */
export async function launchToxiproxy(program: string, warden: Warden): Promise<Toxiproxy> {
  const port = await freePort()
  const api = `http://127.0.0.1:${port}`
  const part = new Part({
    name: 'toxiproxy',
    command: program,
    args: ['-host', '127.0.0.1', '-port', String(port)],
    ready: async () => (await fetch(`${api}/version`, { signal: AbortSignal.timeout(2_000) })).ok,
    start_limit_ms: 60_000,
    stop_limit_ms: 5_000,
    warden,
  })
  part.launch()
  return { api, part }
}
