import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MAX_BATCH_ROWS } from './booking.ts'
import { isLayoutName, type Layout, type LayoutValue, layoutOf } from './layout.ts'
import { ImportStopped } from './stopped.ts'

export interface ImportOptions {
  /** Absolute path of the file. */
  file: string
  layout: Layout
  /** The bank to import into, when one was named. */
  url: string | undefined
  user: string | undefined
  product_id: string
  overdraft: string
  is_dry_run: boolean
  /** Absolute path of a CSV of all refusals. */
  refused_to: string | undefined
  batch_rows: number
}

export const USAGE = `npm run import -- FILE [options]

Books the rows of a bank's CSV (.csv or .csv.gz) as real history, opens the accounts they need, and reconciles.
The same file twice books nothing twice; a run that was stopped is resumed by the same command.

  --currency CODE          the currency of all rows, or:  --currency-column COLUMN
  --account-default NAME   the account of rows that name none
  --overdraft AMOUNT       how far accounts that are opened may go below zero; 0 unless told, or: unlimited
  --dry-run                reads and reports, books nothing
  --refused-to FILE        writes every refused row (line, who, reason) as CSV
  --url URL                a running bank (http://localhost:8080; when none answers there, one is started for the import)
  --user EMAIL             who signs in, an operator; the password is read from BANKFLOW_IMPORT_PASSWORD
  --product ID             the product of accounts that are opened (business-current)
  --batch-rows N           rows of one request, 1 to ${MAX_BATCH_ROWS}
  --help                   this

What the columns are (guessed from usual names when not given; an empty name means that there is none):
  --date --description --account --category --balance COLUMN
  --amount COLUMN          one signed amount, or with --sign (--type) COLUMN one that says debit or credit
  --paid-out --paid-in COLUMN   two columns instead of one amount
  --positive debit|credit  what a positive amount is to the account (credit)
  --debit-values --credit-values A,B   texts of the sign column
  --date-format FORMAT     YYYY-MM-DD unless told; DD/MM/YYYY, M/D/YY, DD MMM YYYY ...
  --decimal . or ,         --grouping , . ' or a blank       --delimiter and --encoding (utf-8) of the file
  --mapping FILE           all of these as JSON: { "date": "Posted", "date_format": "DD/MM/YYYY", "positive": "debit" }
`

const TEXT_OPTIONS = [
  ...[
    'currency',
    'currency-column',
    'account-default',
    'overdraft',
    'refused-to',
    'url',
    'user',
    'product',
    'batch-rows',
  ],
  ...['date', 'amount', 'sign', 'type', 'paid-out', 'paid-in', 'description', 'account', 'category', 'balance'],
  ...[
    'positive',
    'debit-values',
    'credit-values',
    'date-format',
    'decimal',
    'grouping',
    'delimiter',
    'encoding',
    'mapping',
  ],
] as const

type Given = Record<string, LayoutValue | undefined>

/** The options of a command line, `folder` being where its paths start; undefined when help was asked for. ImportStopped otherwise. */
export function readOptions(args: readonly string[], folder: string): ImportOptions | undefined {
  const { values, positionals } = parsedArgs(args)
  if (values.help === true) return undefined
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new ImportStopped('name one file: npm run import -- FILE (--help tells more)')
  const given = { ...mappingIn(values.mapping, folder), ...layoutOptions(values) }
  const { product_id, overdraft, ...layout } = given
  return {
    file: resolve(folder, file),
    layout: layoutOf(layout),
    url: urlOf(values.url),
    user: values.user as string | undefined,
    product_id: (product_id as string | undefined) ?? 'business-current',
    overdraft: (overdraft as string | undefined) ?? '0',
    is_dry_run: values['dry-run'] === true,
    refused_to: values['refused-to'] === undefined ? undefined : resolve(folder, String(values['refused-to'])),
    batch_rows: batchRowsOf(values['batch-rows']),
  }
}

function parsedArgs(args: readonly string[]) {
  const flags = { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
  const texts = Object.fromEntries(TEXT_OPTIONS.map((name) => [name, { type: 'string' as const }]))
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...texts, ...flags },
      allowPositionals: true,
    })
    return { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch (error) {
    throw new ImportStopped(`${(error as Error).message.split('\n')[0]} (--help tells what there is)`)
  }
}

function layoutOptions(values: Record<string, string | boolean | undefined>): Given {
  const own = { ...values, sign: values.sign ?? values.type, product_id: values.product }
  const named = Object.entries(own).map(([name, value]) => [name.replaceAll('-', '_'), value] as const)
  return Object.fromEntries(named.filter(([name, value]) => value !== undefined && isMappingName(name))) as Given
}

/** The option `--type` is `sign` in the layout; a mapping file may say either. */
function mappingIn(file: string | boolean | undefined, folder: string): Given {
  if (typeof file !== 'string') return {}
  let mapping: unknown
  try {
    mapping = JSON.parse(readFileSync(resolve(folder, file), 'utf8'))
  } catch (error) {
    throw new ImportStopped(`cannot read the mapping ${file}: ${(error as Error).message}`)
  }
  if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) {
    throw new ImportStopped(`the mapping ${file} is not a JSON object`)
  }
  const { type, ...rest } = mapping as Given
  const given: Given = type === undefined ? rest : { sign: type, ...rest }
  for (const [name, value] of Object.entries(given)) {
    if (!isMappingName(name))
      throw new ImportStopped(`the mapping ${file} has ${JSON.stringify(name)}, which means nothing here`)
    const texts = Array.isArray(value) ? value : [value]
    if (texts.some((text) => typeof text !== 'string')) throw new ImportStopped(`${name} in ${file} must be a text`)
  }
  return given
}

function isMappingName(name: string): boolean {
  return isLayoutName(name) || name === 'product_id' || name === 'overdraft'
}

function urlOf(text: string | boolean | undefined): string | undefined {
  if (typeof text !== 'string') return undefined
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text).origin
  throw new ImportStopped(`--url: ${JSON.stringify(text)} is not an address like http://localhost:8080`)
}

function batchRowsOf(text: string | boolean | undefined): number {
  if (text === undefined) return MAX_BATCH_ROWS
  const rows = Number(text)
  if (Number.isInteger(rows) && rows >= 1 && rows <= MAX_BATCH_ROWS) return rows
  throw new ImportStopped(`--batch-rows: ${JSON.stringify(text)} is not a number from 1 to ${MAX_BATCH_ROWS}`)
}
