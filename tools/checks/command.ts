import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a command ended: its exit code (1 when a signal ended it) and its stdout and stderr as text. */
export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs a command to its end without a shell; never throws: a program that cannot start answers code 127. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeout_ms?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? process.cwd(),
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeout_ms ?? 300_000,
      killSignal: 'SIGKILL',
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }))
    child.on('close', (code) =>
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    )
  })
}

/** Runs an installed package's command under this very Node: the links in .bin are shell scripts on Windows. */
export function runPackageBin(
  packageName: string,
  bin: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<CommandResult> {
  const folder = join(import.meta.dirname, '../../node_modules', packageName)
  const { bin: bins } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const file = typeof bins === 'string' ? bins : bins[bin]
  if (file === undefined) throw new Error(`${packageName} has no command ${bin}`)
  return runCommand(process.execPath, [join(folder, file), ...args], options)
}

/** The host's npm: inside an npm script its own file under this Node, elsewhere whatever the shell finds. */
export function runNpm(args: readonly string[], options: { readonly timeout_ms?: number } = {}) {
  const npmFile = process.env.npm_execpath
  if (npmFile?.endsWith('.js')) return runCommand(process.execPath, [npmFile, ...args], options)
  return runCommand(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options)
}
