import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Api } from './api.ts'

const ROOT = join(import.meta.dirname, '../..')

/** `npm start` in a process of its own, without the demo bank's history unless asked: can be interrupted, killed and started again on the same home. */
export class SpawnedBank {
  readonly #env: Record<string, string>
  readonly #root: string
  #child: ChildProcess | undefined
  /** Everything it printed since its last start. */
  output = ''

  /** `root`: the folder of the code, this one's unless told. */
  constructor(env: Record<string, string>, root: string = ROOT) {
    this.#env = env
    this.#root = root
  }

  get pid(): number {
    return this.#child?.pid ?? -1
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts it and waits until it has printed where it answers; the API at that place. Throws with its output when it ends before. */
  async start(timeoutMs = 60_000): Promise<Api> {
    this.output = ''
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BANKFLOW_')))
    const child = spawn(process.execPath, ['tools/launch.mjs', 'platform/start.ts'], {
      cwd: this.#root,
      env: { ...inherited, BANKFLOW_DEMO: 'none', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += String(chunk)))
    const until = performance.now() + timeoutMs
    while (performance.now() < until) {
      const found = /(http:\/\/localhost:\d+) {3}ready/.exec(this.output)
      if (found !== null) return new Api((found[1] as string).replace('localhost', '127.0.0.1'))
      if (child.exitCode !== null || child.signalCode !== null) break
      await sleep(20)
    }
    throw new Error(`the bank did not start:\n${this.output}`)
  }

  /** SIGKILL, as a crash or the kernel does it. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ctrl-C; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGINT')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined || !this.isAlive) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exited) as [number | null]
    return code
  }
}
