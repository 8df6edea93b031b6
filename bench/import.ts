import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROWS = 100_000
const ACCOUNTS = 40
const ROOT = join(import.meta.dirname, '..')

/** Rows a second of `npm run import` in a process of its own, on a file of invented purchases, from its start to its reconciliation. */
export async function benchImport(
  url: string,
  folder: string,
): Promise<{ done: number; seconds: number; p50_ms: number; p99_ms: number; note: string }> {
  const file = join(folder, 'purchases.csv')
  await writeFile(file, purchases())
  const startedMs = performance.now()
  const args = [
    'tools/launch.mjs',
    'tools/import.ts',
    file,
    '--currency',
    'EUR',
    '--overdraft',
    'unlimited',
    '--url',
    url,
  ]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  const [exit] = await once(child, 'exit')
  if (exit !== 0) throw new Error(`the import ended with ${exit}:\n${output}`)
  return {
    done: ROWS,
    seconds: (performance.now() - startedMs) / 1000,
    p50_ms: Number.NaN,
    p99_ms: Number.NaN,
    note: `${ROWS} rows, ${ACCOUNTS} accounts, to the printed reconciliation`,
  }
}

function purchases(): string {
  const lines = ['date,amount,description,account,category']
  for (let row = 0; row < ROWS; row++) {
    const day = new Date(Date.UTC(2024, 0, 1 + (row % 365))).toISOString().slice(0, 10)
    const sign = row % 9 === 0 ? '' : '-'
    lines.push(
      `${day},${sign}${(((row % 25_000) + 1) / 100).toFixed(2)},purchase ${row % 700},department ${row % ACCOUNTS},supplies`,
    )
  }
  return `${lines.join('\n')}\n`
}
