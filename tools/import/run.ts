import { basename } from 'node:path'
import { accountFor, ledgerBalance, overdraftOf } from './accounts.ts'
import type { BankApi } from './bank-api.ts'
import { endedBatch, lateFailures } from './batch.ts'
import { Booker } from './booking.ts'
import { type Columns, columnsOf } from './columns.ts'
import { type CsvFile, openCsv } from './csv-file.ts'
import type { ImportOptions } from './options.ts'
import { Progress, type Screen } from './progress.ts'
import { type Evidence, reconcile } from './reconciliation.ts'
import { batchIdOf, referenceMaker } from './references.ts'
import { Refusals } from './refusals.ts'
import { contradictions, dryRunLines, reconciliationLines } from './report.ts'
import { type BankRow, rowReader } from './row-reader.ts'
import { ImportStopped } from './stopped.ts'
import { type AccountTally, Tallies } from './tally.ts'
import { closingBalance } from './trial-balance.ts'

/** Where an import runs. */
export interface Surroundings {
  /** Finds the bank and signs in; not asked for in a dry run. */
  connect(progress: Progress): Promise<BankApi>
  screen: Screen
  /** Aborted when the person wants to stop: what is under way is still answered. */
  signal: AbortSignal
}

/** What a run is made of, beside the bank. */
interface Run {
  options: ImportOptions
  file: CsvFile
  columns: Columns
  batch_id: string
  tallies: Tallies
  refusals: Refusals
  progress: Progress
  signal: AbortSignal
}

/** Several batches at a time keep the bank busy; where an account has a floor, the order of the file decides what is refused. */
const IN_FLIGHT = 4

/** Imports one file and prints its reconciliation. True when everything is explained. ImportStopped when it cannot go on. */
export async function importFile(options: ImportOptions, { connect, screen, signal }: Surroundings): Promise<boolean> {
  const progress = new Progress(screen)
  const file = await openCsv(options.file, options.layout)
  const columns = columnsOf(file.header, options.layout)
  progress.say(`${basename(options.file)}: ${columnsLine(columns)}`)
  const { columns: _asNamed, ...reading } = options.layout
  const batch_id = batchIdOf(file.sha256, { ...reading, columns: columns.names })
  if (options.layout.currency !== undefined)
    overdraftOf(options.overdraft, options.layout.currency as BankRow['currency'])
  const refusals = new Refusals(options.refused_to)
  const run: Run = { options, file, columns, batch_id, tallies: new Tallies(), refusals, progress, signal }
  try {
    const lines = options.is_dry_run ? await readOnly(run) : await book(run, await connect(progress))
    progress.end()
    screen.write(`${lines.text.join('\n')}\n`)
    return lines.isExplained
  } finally {
    progress.end()
    await refusals.close()
  }
}

interface Outcome {
  text: readonly string[]
  isExplained: boolean
}

async function readOnly(run: Run): Promise<Outcome> {
  await eachRow(run, async () => {})
  return { text: dryRunLines(run.tallies, run.refusals), isExplained: contradictions(run.tallies.all) === 0 }
}

async function book(run: Run, api: BankApi): Promise<Outcome> {
  const { batch_id, tallies, refusals, progress, signal } = run
  const onProgress = (ended: number, rows: number): void => progress.booking(ended, rows)
  // What an earlier run left under way ends first, so that balances before and after can be compared.
  const batch_before = await endedBatch(api, batch_id, onProgress, signal)
  if (batch_before !== undefined) progress.say(`this file is known: ${batch_before.rows} of its rows were taken before`)
  const booker = await sendRows(run, api)
  const batch_after = await endedBatch(api, batch_id, onProgress, signal)
  if (batch_after === undefined) {
    const text = dryRunLines(tallies, refusals).slice(0, -1)
    return {
      text: [...text, '  no row could be sent, so nothing was booked'],
      isExplained: tallies.rows === refusals.count,
    }
  }
  await nameLateFailures(run, await lateFailures(api, batch_after))
  const evidence: Evidence = {
    readable: tallies.rows - refusals.by_reader,
    accepted: booker.accepted,
    already_known: booker.already_known,
    refused_at_once: booker.refused,
    batch_before,
    batch_after,
    accounts: tallies.all,
    balances: await balancesOf(api, tallies.all),
    ...(await closingBalance(api, accountIds(tallies.all))),
  }
  const result = reconcile(evidence)
  const text = reconciliationLines(tallies, refusals, evidence, result)
  return { text, isExplained: result.faults.length === 0 && contradictions(tallies.all) === 0 }
}

/** Sends every readable row, opening accounts on the way. */
async function sendRows(run: Run, api: BankApi): Promise<Booker> {
  const { options, batch_id, tallies, refusals, progress } = run
  const late: Promise<void>[] = []
  const booker = new Booker(api, {
    batch_id,
    batch_rows: options.batch_rows,
    in_flight: options.overdraft === 'unlimited' ? IN_FLIGHT : 1,
    onRefused: ({ row, code, detail }) => {
      tallies.addRefused(row)
      late.push(refusals.add({ line: row.line, by: 'bank', reason: `${detail} (${code})` }))
    },
  })
  const referenceOf = referenceMaker()
  const wishes = { product_id: options.product_id, overdraft: options.overdraft }
  const say = (line: string): void => progress.say(line)
  let line = 0
  try {
    await eachRow(run, async (row, tally) => {
      tally.account ??= await accountFor(api, tally.label, tally.currency, wishes, say)
      await booker.add({ row, account_id: tally.account.account_id, external_reference: referenceOf(row) })
      line = row.line
    })
    await booker.finish()
  } catch (error) {
    // What is under way is answered before the program ends, whatever ended it.
    await booker.settle().catch(() => {})
    if (!run.signal.aborted) throw error
    throw new ImportStopped(`stopped at line ${line}, ${booker.accepted} rows taken; the same command resumes`)
  }
  await Promise.all(late)
  return booker
}

/** Every row in order: unreadable ones are refused here, the others handed on. */
async function eachRow(run: Run, take: (row: BankRow, tally: AccountTally) => Promise<void>): Promise<void> {
  const { file, options, columns, tallies, refusals, progress, signal } = run
  const read = rowReader(options.layout, columns)
  for await (const record of file.rows()) {
    const { row, refused } = read(record)
    if (row !== undefined) await take(row, tallies.add(row))
    else {
      tallies.addUnreadable(refused)
      await refusals.add({ line: refused.line, by: 'reader', reason: refused.reason })
    }
    progress.reading(tallies.rows, file.bytesRead() / file.size)
    if (signal.aborted) throw new ImportStopped('stopped; the same command resumes')
  }
}

/** The bank names failed rows by reference; the file is read once more to say which lines those are, because no map of all was kept. */
async function nameLateFailures(run: Run, failures: Map<string, { code: string; detail: string }>): Promise<void> {
  if (failures.size === 0) return
  const { file, options, columns, tallies, refusals } = run
  const read = rowReader(options.layout, columns)
  const referenceOf = referenceMaker()
  for await (const record of file.rows()) {
    const { row } = read(record)
    if (row === undefined) continue
    const failure = failures.get(referenceOf(row))
    if (failure === undefined) continue
    tallies.addRefused(row)
    await refusals.add({ line: row.line, by: 'bank', reason: `${failure.detail} (${failure.code})` })
  }
}

async function balancesOf(api: BankApi, accounts: readonly AccountTally[]): Promise<Map<string, bigint>> {
  const balances = new Map<string, bigint>()
  for (const account_id of accountIds(accounts)) balances.set(account_id, await ledgerBalance(api, account_id))
  return balances
}

/** Those that the bank has. */
function accountIds(accounts: readonly AccountTally[]): string[] {
  return accounts.flatMap(({ account }) => (account === undefined ? [] : [account.account_id]))
}

function columnsLine({ names, guessed }: Columns): string {
  const shown = Object.entries(names).map(([role, name]) => {
    const mark = guessed.some((one) => one === role) ? ' (guessed)' : ''
    return `${role.replace('_column', '').replace('_', ' ')} = ${name}${mark}`
  })
  return shown.join(', ')
}
