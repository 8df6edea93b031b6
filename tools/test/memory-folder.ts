import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** Linux keeps what lies here in memory. */
const IN_MEMORY = '/dev/shm'
const GIBIBYTE = 2 ** 30
/** Two processes of tests at once take less than half of it. */
const ROOM_BYTES = 4 * GIBIBYTE
/** What the tests' own processes need is left to them. */
const MEMORY_BYTES = 8 * GIBIBYTE
const NAME = /^bankflow-tests-(\d+)$/

/** A folder in memory for everything temporary of a run. */
export interface MemoryFolder {
  path: string
  remove(): void
}

/**
 * Makes such a folder where the machine has room for it (undefined elsewhere: the tests then use the system's). A run makes and drops
 * some thousand databases of three hundred files each, and a file system without a journal takes ten times as long over the inodes of
 * files that went within its last minutes. What killed runs left behind goes at the same time.
 */
export function makeMemoryFolder(): MemoryFolder | undefined {
  if (!isRoomy()) return undefined
  for (const name of readdirSync(IN_MEMORY)) if (isOrphan(name)) remove(join(IN_MEMORY, name))
  const path = join(IN_MEMORY, `bankflow-tests-${process.pid}`)
  remove(path)
  mkdirSync(path)
  // Servers that root starts run as somebody else, who has to pass through.
  chmodSync(path, 0o711)
  return { path, remove: () => remove(path) }
}

function isRoomy(): boolean {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === IN_MEMORY)
    const [, , kind, options = ''] = mount?.split(' ') ?? []
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    const isOpen = !options.split(',').some((option) => option === 'noexec' || option === 'ro')
    return kind === 'tmpfs' && isOpen && bavail * bsize >= ROOM_BYTES && process.availableMemory() >= MEMORY_BYTES
  } catch {
    // Not Linux, or a container that hides it.
    return false
  }
}

function isOrphan(name: string): boolean {
  const pid = NAME.exec(name)?.[1]
  if (pid === undefined) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

/** Somebody else's folder stays where it is. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {}
}
