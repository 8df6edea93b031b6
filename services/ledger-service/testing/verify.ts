import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const COMMAND = fileURLToPath(new URL('../../../verify/bin/bankflow-verify.js', import.meta.url))

/** What the offline tool says of a document that the ledger handed out: it shares no code with the bank. */
export async function verifyOffline(
  kind: 'receipt' | 'statement' | 'checkpoints' | 'export',
  text: string,
  key: string,
): Promise<{ valid: boolean; broken?: { what: string } }> {
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-proof-'))
  try {
    const file = join(folder, 'document')
    await writeFile(file, text)
    const run = promisify(execFile)(process.execPath, [COMMAND, kind, file, '--key', key, '--json'])
    const { stdout } = await run.catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
    return JSON.parse(stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
