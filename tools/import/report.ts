import type { Currency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import type { AccountResult, Evidence, Reconciliation } from './reconciliation.ts'
import type { Refusals } from './refusals.ts'
import type { BalanceReport } from './running-balance.ts'
import type { AccountTally, Tallies } from './tally.ts'

const ACCOUNTS_SHOWN = 50

/** The reconciliation of a run, line by line. */
export function reconciliationLines(
  tallies: Tallies,
  refusals: Refusals,
  evidence: Evidence,
  { accounts, faults }: Reconciliation,
): string[] {
  return [
    '',
    `Reconciliation of batch ${evidence.batch_after.batch_id}`,
    ...counts([
      ['rows in the file', tallies.rows],
      ['booked now', evidence.accepted - newlyFailed(evidence)],
      ['known before', evidence.already_known],
      ['refused, unreadable', refusals.by_reader],
      ['refused by the bank', refusals.by_bank],
    ]),
    ...refusalLines(refusals),
    '',
    ...table(
      ['account', 'number', 'rows', 'file', 'booked', "bank's balance", 'difference'],
      [...accounts.slice(0, ACCOUNTS_SHOWN).map(accountCells), ...totals(accounts)],
    ),
    ...(accounts.length > ACCOUNTS_SHOWN
      ? [`  and ${accounts.length - ACCOUNTS_SHOWN} accounts more, in the totals`]
      : []),
    ...accounts.flatMap(differenceLines),
    ...balanceLines(tallies.all),
    '',
    ...evidence.trial_balance.currencies.map(
      ({ currency, is_balanced, debit_total, credit_total }) =>
        `  trial balance ${currency} is zero: ${is_balanced ? 'yes' : 'NO'} (debits ${major(debit_total, currency)}, credits ${major(credit_total, currency)})`,
    ),
    faults.length === 0 ? '  everything reconciles' : '  NOT RECONCILED:',
    ...faults.map((fault) => `    ${fault}`),
  ]
}

/** What a dry run can say: the file alone. */
export function dryRunLines(tallies: Tallies, refusals: Refusals): string[] {
  const rows = tallies.all.map(({ label, currency, rows, sum }) => [label, String(rows), money(sum, currency)])
  return [
    '',
    ...counts([
      ['rows in the file', tallies.rows],
      ['would be sent', tallies.rows - refusals.by_reader],
      ['refused, unreadable', refusals.by_reader],
    ]),
    ...refusalLines(refusals),
    '',
    ...table(['account', 'rows', 'file'], rows.slice(0, ACCOUNTS_SHOWN)),
    ...(rows.length > ACCOUNTS_SHOWN ? [`  and ${rows.length - ACCOUNTS_SHOWN} accounts more`] : []),
    ...balanceLines(tallies.all),
    '  dry run: nothing was booked',
  ]
}

/** Accounts whose balance column contradicts itself. */
export function contradictions(accounts: readonly AccountTally[]): number {
  return accounts.reduce((sum, { running }) => sum + (running.report()?.breaks ?? 0), 0)
}

function newlyFailed({ batch_before, batch_after }: Evidence): number {
  return batch_after.failed - (batch_before?.failed ?? 0)
}

function counts(rows: readonly (readonly [string, number])[]): string[] {
  return rows.map(([name, count]) => `  ${name.padEnd(22)} ${count.toLocaleString('en').padStart(12)}`)
}

function refusalLines(refusals: Refusals): string[] {
  const more = refusals.count - refusals.first.length
  return [
    ...refusals.first.map(({ line, by, reason }) => `    line ${line}: ${by === 'bank' ? 'the bank: ' : ''}${reason}`),
    ...(more > 0 ? [`    and ${more} more; --refused-to FILE writes all of them`] : []),
  ]
}

function accountCells({ tally, booked, balance, difference }: AccountResult): string[] {
  const { label, currency, account, rows, sum } = tally
  const amounts = [sum, booked, balance, difference].map((minor) => money(minor, currency))
  return [label, account?.account_number ?? '', rows.toLocaleString('en'), ...amounts]
}

function totals(accounts: readonly AccountResult[]): string[][] {
  const currencies = [...new Set(accounts.map(({ tally }) => tally.currency))]
  return currencies.map((currency) => {
    const own = accounts.filter(({ tally }) => tally.currency === currency)
    const sum = (of: (result: AccountResult) => bigint): string => {
      return money(
        own.reduce((total, result) => total + of(result), 0n),
        currency,
      )
    }
    const rows = own.reduce((total, { tally }) => total + tally.rows, 0).toLocaleString('en')
    const { tally, booked, balance, difference } = {
      tally: sum((result) => result.tally.sum),
      booked: sum((result) => result.booked),
      balance: sum((result) => result.balance),
      difference: sum((result) => result.difference),
    }
    return [`all of ${currency}`, '', rows, tally, booked, balance, difference]
  })
}

/** Where a difference comes from, when it is not nothing. */
function differenceLines({ tally, known_elsewhere, difference, from_before }: AccountResult): string[] {
  const { label, currency, refused_rows, refused_sum } = tally
  const lines: string[] = []
  if (refused_rows > 0)
    lines.push(`  ${label}: ${refused_rows} rows (${money(refused_sum, currency)}) were refused by the bank`)
  if (known_elsewhere > 0) lines.push(`  ${label}: ${known_elsewhere} rows had been booked from other files`)
  if (difference !== 0n && from_before !== 0n) {
    lines.push(`  ${label}: ${money(from_before, currency)} of the balance is from other files or was there before`)
  }
  return lines
}

function balanceLines(accounts: readonly AccountTally[]): string[] {
  return accounts.flatMap((tally) => {
    const report = tally.running.report()
    return report === undefined ? [] : ['', ...balanceReportLines(tally, report)]
  })
}

function balanceReportLines({ label, currency }: AccountTally, report: BalanceReport): string[] {
  const { rows, order, opening, closing, breaks, first_breaks, gaps } = report
  const shown = (minor: bigint): string => money(minor, currency)
  return [
    `  ${label}: the file's own balance, ${rows.toLocaleString('en')} rows, ${order}: ${shown(opening)} before, ${shown(closing)} at the end`,
    ...(opening === 0n
      ? []
      : [`    the ${shown(opening)} before its first row are not rows of the file, so they are not booked`]),
    ...(gaps === 0n ? [] : [`    rows that could not be read moved ${shown(gaps)}, by the balances around them`]),
    ...first_breaks.map(
      ({ line, found, expected }) =>
        `    line ${line}: the file says ${shown(found)}, its own rows make ${shown(expected)}`,
    ),
    ...(breaks > first_breaks.length ? [`    and ${breaks - first_breaks.length} more contradictions`] : []),
    ...(breaks === 0 ? ['    it agrees with its rows'] : []),
  ]
}

function money(minor: bigint, currency: Currency): string {
  return formatMinor(minor, currency)
}

function major(total: string, currency: string): string {
  return formatMinor(BigInt(total), currency as Currency)
}

/** Columns side by side: texts to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const isText = (title: string | undefined): boolean => title === 'account' || title === 'number'
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (isText(head[i]) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')}`.trimEnd()
  return [line(head), ...rows.map(line)]
}
