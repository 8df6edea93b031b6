import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A new home for a bank that lives as long as a test or a measurement. Others may pass through it, so that root's server, which runs as
 * somebody else, keeps its data inside and they go when the folder goes.
 */
export async function makeTemporaryHome(prefix: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), prefix))
  await chmod(home, 0o755)
  return home
}
