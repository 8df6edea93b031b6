import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const REST_MB = 64
const ATTEMPTS = 5

/** A disk of its own in memory, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string
  /** Leaves no room. */
  fill(): Promise<void>
  /** Gives the room back. */
  free(): void
  unmount(): Promise<void>
}

/** Mounts a tmpfs; only root may. Throws with what `mount` said. */
export async function mountSmallDisk(folder: string, size_mb: number): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size_mb}m,mode=0755`, 'tmpfs', folder])
  // However this program ends: a folder that something is mounted on cannot be removed by who comes after it.
  const unmountNow = (): void => void spawnSync('umount', ['--lazy', folder])
  process.once('exit', unmountNow)
  const ballast = join(folder, 'ballast')
  return {
    folder,
    async fill() {
      // Reserved in one go but for a rest, since whoever writes to it meanwhile takes some; of the rest what fits is taken.
      for (let attempt = 1; ; attempt++) {
        const { bavail, bsize } = statfsSync(folder)
        const bytes = Math.max(1, bavail * bsize - attempt * REST_MB * 2 ** 20)
        const failure = await run('fallocate', ['-l', String(bytes), ballast]).then(() => undefined, ifNoRoom)
        if (failure === undefined) break
        if (attempt === ATTEMPTS) throw failure
      }
      await run('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64K', 'oflag=append', 'conv=notrunc']).catch(ifNoRoom)
    },
    free: () => rmSync(ballast, { force: true }),
    async unmount() {
      process.off('exit', unmountNow)
      await run('umount', ['--lazy', folder])
    },
  }
}

/** Hands back what a program failed with because there was no room; throws anything else. */
function ifNoRoom(error: { stderr?: string }): unknown {
  if (!/No space left/.test(error.stderr ?? '')) throw error
  return error
}
