import type { getBatch } from '#contracts/api/transaction.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { formatMinor } from '#libs/money/format.ts'
import type { AccountTally } from './tally.ts'
import type { ClosingBalance } from './trial-balance.ts'

export type BatchState = ReplyOf<typeof getBatch>

/** What a run saw of the bank. */
export interface Evidence extends ClosingBalance {
  /** Rows of the file that could be read. */
  readable: number
  /** Sums of the answers to the batches of this run. */
  accepted: number
  already_known: number
  refused_at_once: number
  batch_before: BatchState | undefined
  batch_after: BatchState
  accounts: readonly AccountTally[]
  /** Ledger balances at the end, by account id. */
  balances: ReadonlyMap<string, bigint>
}

/** One account's line of the reconciliation; amounts in minor units. */
export interface AccountResult {
  tally: AccountTally
  /** Rows of the file that other batches had booked before: the account holds them, this batch does not count them. */
  known_elsewhere: number
  /** What the file says, without what the bank refused. */
  expected: bigint
  /** What this file's batch has booked in all its runs. */
  booked: bigint
  balance: bigint
  /** The bank's balance less the file: zero for an account that holds nothing but this file. */
  difference: bigint
  /** The part of the difference that was there before this file, or in rows of it that were known before. */
  from_before: bigint
}

export interface Reconciliation {
  accounts: readonly AccountResult[]
  /** What cannot be explained, one line each; empty when all is well. */
  faults: readonly string[]
}

/** Holds the file, the batch and the ledger against each other. Pure. */
export function reconcile(evidence: Evidence): Reconciliation {
  const { already_known, batch_before } = evidence
  // A row that failed in an earlier run is not known to the bank: it was sent again like a new one.
  const elsewhere = already_known - ((batch_before?.rows ?? 0) - (batch_before?.failed ?? 0))
  const booked = new Map(evidence.batch_after.accounts.map((account) => [account.account_id, account]))
  const bookedBefore = new Map(
    evidence.batch_before?.accounts.map((account) => [account.account_id, account.net_cents]),
  )
  const faults = [...rowFaults(evidence, elsewhere), ...trialBalanceFaults(evidence)]
  let left = elsewhere
  const accounts = evidence.accounts.flatMap((tally) => {
    const { account } = tally
    if (account === undefined) return []
    const net = booked.get(account.account_id)?.net_cents ?? 0n
    const netBefore = bookedBefore.get(account.account_id) ?? 0n
    const known_elsewhere = tally.rows - tally.refused_rows - (booked.get(account.account_id)?.completed ?? 0)
    left -= known_elsewhere
    const expected = tally.sum - tally.refused_sum
    const balance = evidence.balances.get(account.account_id) ?? 0n
    const from_before = account.balance_before - netBefore - (known_elsewhere === 0 ? 0n : expected - net)
    const result = {
      tally,
      known_elsewhere,
      expected,
      booked: net,
      balance,
      difference: balance - expected,
      from_before,
    }
    faults.push(...accountFaults(result, account.balance_before + net - netBefore, elsewhere))
    return [result]
  })
  if (left !== 0) faults.push(`${left} rows were known before, but not to the accounts of this file`)
  return { accounts, faults }
}

function rowFaults(
  { readable, accepted, already_known, refused_at_once, batch_before, batch_after }: Evidence,
  elsewhere: number,
): string[] {
  const faults: string[] = []
  const answered = accepted + already_known + refused_at_once
  if (answered !== readable) faults.push(`${readable} rows were sent and the bank answered for ${answered}`)
  const rows = (batch_before?.rows ?? 0) + accepted
  if (batch_after.rows !== rows) faults.push(`the batch has ${batch_after.rows} rows and should have ${rows}`)
  const ended = batch_after.completed + batch_after.failed
  if (ended !== batch_after.rows) faults.push(`${batch_after.rows - ended} rows of the batch have not ended`)
  if (elsewhere < 0) faults.push(`${-elsewhere} rows that an earlier run had sent are not known to the bank any more`)
  return faults
}

function trialBalanceFaults({ trial_balance, knows_all }: Evidence): string[] {
  const off = trial_balance.currencies
    .filter((row) => !row.is_balanced || row.difference !== '0')
    .map((row) => `the trial balance of ${row.currency} is off by ${row.difference} minor units`)
  if (knows_all) return off
  return [
    ...off,
    'the trial balance does not know all of these rows: their seals are late; the same command looks again',
  ]
}

function accountFaults(result: AccountResult, balanceDue: bigint, elsewhere: number): string[] {
  const { tally, known_elsewhere, expected, booked, balance } = result
  const { label, currency } = tally
  const shown = (minor: bigint): string => `${formatMinor(minor, currency)} ${currency}`
  const faults: string[] = []
  if (known_elsewhere < 0 || (known_elsewhere > 0 && elsewhere <= 0)) {
    faults.push(`${label}: ${Math.abs(known_elsewhere)} rows ${known_elsewhere > 0 ? 'are missing' : 'are too many'}`)
  }
  if (known_elsewhere === 0 && booked !== expected) {
    faults.push(`${label}: the file says ${shown(expected)} and ${shown(booked)} was booked`)
  }
  if (balance !== balanceDue) {
    faults.push(`${label}: the bank's balance is ${shown(balance)} and should be ${shown(balanceDue)}`)
  }
  return faults
}
