import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'

const PROGRAM = join(import.meta.dirname, 'warden-process.ts')

/** Keeps the pid files of a home, and sees to it that none of those processes outlives this one, even when this one is killed. */
export interface Warden {
  /** A folder of this run, which goes with it. */
  readonly home: string
  watch(name: string, pid: number): void
  /** The process has ended: its number may soon be somebody else's. */
  forget(name: string): void
  /** Ends what is still watched, removes the home, and waits for both. */
  close(): Promise<void>
}

/** Makes a home and starts its warden. */
export async function startWarden(prefix = 'bankflow-cluster-'): Promise<Warden> {
  const home = await makeTemporaryHome(prefix)
  const pids = join(home, 'pids')
  mkdirSync(pids)
  const child = spawn(process.execPath, [PROGRAM, home], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] })
  const gone = once(child, 'exit')
  await once(child, 'spawn')
  // A program whose work is done must be able to end: the warden then sees its standard input close.
  child.unref()
  ;(child.stdin as unknown as Socket).unref()
  const fileOf = (name: string): string => join(pids, `${name}.pid`)
  return {
    home,
    watch: (name, pid) => writeFileSync(fileOf(name), String(pid)),
    forget: (name) => rmSync(fileOf(name), { force: true }),
    close: async () => {
      child.ref()
      child.stdin.end()
      await gone
    },
  }
}
