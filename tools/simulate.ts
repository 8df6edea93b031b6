import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { acting, SeededProcess } from '#platform/simulation/seeded-process.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string', default: '5000' },
    server: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9))
process.on('unhandledRejection', (error: any) => { console.log('UNHANDLED', error.stack, error.query); process.exit(3) })
process.exit(await main())

async function main(): Promise<number> {
  const world = new SeededProcess(seed, '2026-03-30T23:59:40Z')
  const home = await makeTemporaryHome('bankflow-simulation-')
  const keyFile = join(home, 'master.key')
  world.install()
  const { localKeyProvider } = await import('#libs/crypto/key-provider.ts')
  const { serverOf } = await import('#platform/databases.ts')
  const { playLedger } = await import('#platform/simulation/ledger-play.ts')
  const started = performance.now()
  const played = await playLedger({
    seed,
    steps: Number(values.steps),
    server: serverOf(values.server as string),
    world,
    keys: acting.run({ name: 'keys', skewMs: 0, isGone: false }, () => localKeyProvider({ file: keyFile, create: true })),
    ...(values.verbose ? { print: (line: string) => console.log(line) } : {}),
  })
  const seconds = (performance.now() - started) / 1000
  console.log(`seed ${seed}: ${played.steps} steps in ${seconds.toFixed(1)} s, ${played.commits} commits, trace ${played.trace}, books ${played.books}`)
  console.log(Object.fromEntries(played.counts), Object.fromEntries(played.warnings))
  await rm(home, { recursive: true, force: true })
  if (played.failure) { console.log(played.last.join('\n')); console.log(played.failure, (played.failure as any).rows) }
  return played.failure === undefined ? 0 : 1
}
