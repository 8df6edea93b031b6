import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { MUTATIONS, plant } from '#platform/simulation/mutations.ts'
import type { Piece } from '#platform/simulation/play.ts'
import { report } from '#platform/simulation/report.ts'
import { acting, SeededProcess } from '#platform/simulation/seeded-process.ts'

const USAGE = `npm run simulate -- [--seed N] [--steps M] [--piece NAME] [--mutation NAME] [--verbose]

Simulates several instances of the bank on a real PostgreSQL: every statement, crash, cut, delay and tick is decided by the seed, and after
each commit everything that must hold is looked at. The same seed and steps decide the same.

  --seed N         a fresh one, which is printed, without it
  --steps M        decisions until it calms down and everything must come to its end; 5000 without it
  --piece NAME     ledger (the ledger alone, without it), bank (the whole way of a transfer through five services) or
                   streams (the same with a broker such as Kafka between them, that sends twice, loses answers and rebalances)
  --mutation NAME  plants a bug: ${Object.keys(MUTATIONS).join(', ')}
  --verbose        prints each decision`

const PIECES = new Set(['ledger', 'bank', 'streams'])

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string', default: '5000' },
    piece: { type: 'string', default: 'ledger' },
    mutation: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
process.exit(await main())

/** 0 when everything held, 1 when something did not, 2 for a command that cannot be understood. */
async function main(): Promise<number> {
  const { seed = String(Math.floor(Math.random() * 1e9)), steps, mutation, verbose } = values
  const planted = mutation === undefined ? undefined : MUTATIONS[mutation]
  const isPiece = PIECES.has(values.piece)
  if (values.help || !isPiece || !/^\d+$/.test(steps) || (mutation !== undefined && planted === undefined)) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  console.log(`seed ${seed}, ${steps} steps${planted === undefined ? '' : `, planted: ${planted.wrong}`}`)
  const home = await makeTemporaryHome('bankflow-simulation-')
  const world = new SeededProcess(seed)
  if (planted !== undefined) plant(planted)
  world.install()
  const { server, stop } = await databaseServer(home)
  try {
    // The bank's code is loaded in the seeded world: it keeps what it finds there.
    const { localKeyProvider } = await import('#libs/crypto/key-provider.ts')
    const { play } = await import('#platform/simulation/play.ts')
    const piece = await pieceOf(values.piece)
    const keyFile = join(home, 'master.key')
    const keys = acting.run(world.maker, () => localKeyProvider({ file: keyFile, create: true }))
    const print = verbose ? { print: (line: string) => console.log(line) } : {}
    const played = await play(piece, { seed, steps: Number(steps), server, world, keys, ...print })
    for (const line of report(played, { seed, steps, piece: values.piece, mutation })) console.log(line)
    return played.failure === undefined ? 0 : 1
  } finally {
    await stop()
    await rm(home, { recursive: true, force: true })
  }
}

async function pieceOf(name: string): Promise<Piece> {
  if (name === 'ledger') return (await import('#platform/simulation/ledger-piece.ts')).ledgerPiece
  const { bankPiece, streamedPiece } = await import('#platform/simulation/bank-piece.ts')
  return name === 'bank' ? bankPiece : streamedPiece
}

/** The server of a run of tests, or one of our own. Both are on this machine. */
async function databaseServer(home: string) {
  const { serverOf } = await import('#platform/databases.ts')
  const given = process.env.BANKFLOW_TEST_DATABASE_URL
  if (given !== undefined) return { server: serverOf(given), stop: async () => {} }
  const { startEmbeddedServer } = await import('#platform/embedded/server.ts')
  const embedded = await startEmbeddedServer({ home, log: () => {}, listen: 'loopback', durable: false })
  return { server: embedded.options, stop: () => embedded.stop() }
}
