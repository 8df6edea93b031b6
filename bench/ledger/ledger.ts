import { machineLine } from '../cpu.ts'
import { measureImport } from './import-bulk.ts'
import { measureBulk, measureParallelBulks } from './in-bulk.ts'
import { measureInProcess } from './in-process.ts'
import { type Lab, openLab } from './lab.ts'
import { checkMoney } from './money.ts'
import { type CaseName, ledgerOptions } from './options.ts'
import { measureHalfRate, measureOverHttp } from './over-http.ts'
import { measureReads } from './reads.ts'
import { report } from './report.ts'
import { printSizes } from './sizes.ts'
import { measureFunction, measureTpcb } from './yardsticks.ts'

const MEASURES: Readonly<Record<CaseName, (lab: Lab) => Promise<void>>> = {
  tpcb: measureTpcb,
  function: measureFunction,
  'in-process': measureInProcess,
  http: measureOverHttp,
  'http-half-rate': measureHalfRate,
  'bulk-100': (lab) => measureBulk(lab, 100),
  'bulk-1000': (lab) => measureBulk(lab, 1000),
  'parallel-bulks': measureParallelBulks,
  reads: measureReads,
  'import-bulk': measureImport,
}

/** Settings of the server that decide what a commit costs. */
const TELLING = [
  'server_version',
  'shared_buffers',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_level',
  'wal_compression',
  'max_wal_size',
  'checkpoint_timeout',
  'autovacuum',
  'data_checksums',
]

/** Measures the ledger beside its yardsticks, everything on one server, and prints what came out of it and of the bars. */
export async function benchLedger(args: readonly string[]): Promise<void> {
  const options = ledgerOptions(args)
  const { seconds, accounts, cases, scale } = options
  console.log(
    `${machineLine()} · ${seconds} s a case · ${accounts} accounts${scale === undefined ? '' : ', the ledger at scale'}`,
  )
  const lab = await openLab(options)
  try {
    await printSettings(lab)
    for (const name of cases) await MEASURES[name](lab)
    // The import has books of its own.
    if ([...cases].some((name) => name !== 'import-bulk')) {
      await checkMoney(lab)
      await lab.books`analyze`
      await printSizes(lab)
    }
  } finally {
    report(lab)
    await lab.stop()
  }
}

async function printSettings({ admin }: Lab): Promise<void> {
  const rows = await admin<{ name: string; setting: string }[]>`
    select name, current_setting(name) as setting from pg_settings where name = any(${TELLING})`
  console.log(`PostgreSQL: ${rows.map(({ name, setting }) => `${name}=${setting}`).join(' ')}`)
}
