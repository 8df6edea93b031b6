import { setTimeout as sleep } from 'node:timers/promises'
import { getLedgerBalance, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { type BankApi, Refused } from './bank-api.ts'

/** Seals are some tenths of a second behind the last commit; of books that stay unsealed this long, what is sealed is told. */
const PATIENCE_MS = 30_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

type Api = Pick<BankApi, 'call'>

/** A trial balance, and whether it knows all that the accounts of the file hold. */
export interface ClosingBalance {
  trial_balance: ReplyOf<typeof getTrialBalance>
  knows_all: boolean
}

/**
 * The trial balance that knows all that was booked to these accounts until now. It is that of the newest seal, and no clock tells what a seal
 * holds, because one gets its time when it is made: so the seal is asked for the last entry of each account, until it has them all.
 */
export async function closingBalance(api: Api, account_ids: readonly string[]): Promise<ClosingBalance> {
  const unsealed = await lastSequences(api, account_ids)
  const end = performance.now() + PATIENCE_MS
  for (let pause_ms = FIRST_PAUSE_MS; ; pause_ms = Math.min(pause_ms * 1.5, LONGEST_PAUSE_MS)) {
    const trial_balance = await api.call(getTrialBalance, {})
    await dropSealed(api, unsealed, trial_balance.known_at)
    const knows_all = unsealed.size === 0
    if (knows_all || performance.now() > end) return { trial_balance, knows_all }
    await sleep(pause_ms)
  }
}

/** The last entry of each account as committed now. An account of a customer has one id in the whole bank. */
async function lastSequences(api: Api, account_ids: readonly string[]): Promise<Map<string, number>> {
  const sequences = new Map<string, number>()
  for (const ledger_account_id of account_ids) {
    const { last_sequence } = await api.call(getLedgerBalance, { params: { ledger_account_id } })
    if (last_sequence > 0) sequences.set(ledger_account_id, last_sequence)
  }
  return sequences
}

/** Takes out accounts whose last entry was known at a moment, up to the first of which it was not: what one seal holds the next ones hold. */
async function dropSealed(api: Api, unsealed: Map<string, number>, known_at: string | null): Promise<void> {
  if (known_at === null) return
  for (const [ledger_account_id, last] of unsealed) {
    if ((await sealedSequence(api, ledger_account_id, known_at)) < last) return
    unsealed.delete(ledger_account_id)
  }
}

async function sealedSequence(api: Api, ledger_account_id: string, known_at: string): Promise<number> {
  try {
    const asked = { params: { ledger_account_id }, query: { known_at } }
    return (await api.call(getLedgerBalance, asked)).last_sequence
  } catch (error) {
    // The books of an older bank are still being sealed from their beginning: nothing of the past can be asked for until then.
    if (error instanceof Refused && error.code === 'BEFORE_FIRST_SEAL') return 0
    throw error
  }
}
