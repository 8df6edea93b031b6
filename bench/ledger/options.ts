import { parseArgs } from 'node:util'

/** What can be measured, in the order in which it is. */
export const CASES = [
  'tpcb',
  'function',
  'in-process',
  'http',
  'http-half-rate',
  'bulk-100',
  'bulk-1000',
  'parallel-bulks',
  'reads',
  'import-bulk',
] as const
export type CaseName = (typeof CASES)[number]

/** What was asked for on the command line. */
export interface LedgerOptions {
  seconds: number
  clients: number[]
  /** Of the yardstick, and of the ledger unless it is measured at scale. */
  accounts: number
  /** Of the import. */
  rows: number
  cases: ReadonlySet<CaseName>
  /** A bank that has lived for months. */
  scale: ScaleOptions | undefined
}

export interface ScaleOptions {
  /** Where the bank is kept, to be measured again; without it it goes when the measurement ends. */
  data: string | undefined
  accounts: number
  entries: number
}

const ACCOUNTS = 10_000
const ACCOUNTS_AT_SCALE = 15_000_000
const ENTRIES_AT_SCALE = 100_000_000
const ROWS = 1_000_000

/**
 * Reads `[case …] [--seconds N] [--clients 16,64,256] [--accounts N] [--rows N]`, and `--scale [--data FOLDER] [--entries N]`; throws with the
 * names that exist.
 */
export function ledgerOptions(args: readonly string[]): LedgerOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '30' },
      clients: { type: 'string' },
      accounts: { type: 'string' },
      rows: { type: 'string', default: String(ROWS) },
      entries: { type: 'string' },
      scale: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  })
  const unknown = positionals.filter((name) => !CASES.some((known) => known === name))
  if (unknown.length > 0) throw new Error(`no case ${unknown.join(', ')}; there are ${CASES.join(', ')}`)
  const usual = CASES.filter((name) => name !== (values.scale ? 'import-bulk' : 'reads'))
  const { data } = values
  const scale = {
    data,
    accounts: Number(values.accounts ?? ACCOUNTS_AT_SCALE),
    entries: Number(values.entries ?? ENTRIES_AT_SCALE),
  }
  return {
    seconds: Number(values.seconds),
    clients: (values.clients ?? (values.scale ? '64,256' : '16,64,256')).split(',').map(Number),
    accounts: values.scale ? ACCOUNTS : Number(values.accounts ?? ACCOUNTS),
    rows: Number(values.rows),
    cases: new Set(positionals.length > 0 ? CASES.filter((name) => positionals.includes(name)) : usual),
    scale: values.scale ? scale : undefined,
  }
}
