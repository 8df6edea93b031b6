import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, '../import.ts')

/** For tests: the program as a person runs it. */
export function started(args: readonly string[]): { process: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => void output.push(String(part)))
  return { process: child, output: () => output.join('') }
}
