import { setTimeout as sleep } from 'node:timers/promises'
import { getBusinessDate } from '#contracts/api/ledger-days.ts'
import { getTrialBalance } from '#contracts/api/ledger-reports.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { type BankApi, Refused } from './bank-api.ts'

/** Seals are some tenths of a second behind; of books that stay unsealed this long, the newest seal is told. */
const PATIENCE_MS = 30_000
const PAUSE_MS = 100

/** The trial balance that knows all that was booked until now: asked without a moment it would be that of the newest seal. */
export async function trialBalanceOfNow(api: Pick<BankApi, 'call'>): Promise<ReplyOf<typeof getTrialBalance>> {
  const { bank_time } = await api.call(getBusinessDate, {})
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(PAUSE_MS)) {
    try {
      return await api.call(getTrialBalance, { query: { known_at: bank_time } })
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'BEYOND_HORIZON') throw error
    }
  }
  return api.call(getTrialBalance, {})
}
