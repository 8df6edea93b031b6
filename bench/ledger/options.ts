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
] as const
export type CaseName = (typeof CASES)[number]

/** What was asked for on the command line. */
export interface LedgerOptions {
  seconds: number
  clients: number[]
  accounts: number
  cases: ReadonlySet<CaseName>
}

/** Reads `[case …] [--seconds N] [--clients 16,64,256] [--accounts N]`; throws with the names that exist. */
export function ledgerOptions(args: readonly string[]): LedgerOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '30' },
      clients: { type: 'string', default: '16,64,256' },
      accounts: { type: 'string', default: '10000' },
    },
  })
  const unknown = positionals.filter((name) => !CASES.some((known) => known === name))
  if (unknown.length > 0) throw new Error(`no case ${unknown.join(', ')}; there are ${CASES.join(', ')}`)
  const wanted = positionals.length > 0 ? CASES.filter((name) => positionals.includes(name)) : CASES
  return {
    seconds: Number(values.seconds),
    clients: values.clients.split(',').map(Number),
    accounts: Number(values.accounts),
    cases: new Set(wanted),
  }
}
