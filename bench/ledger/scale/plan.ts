import { accountIdOf } from '#services/ledger-service/src/own-accounts.ts'

/** How large a bank is made, and over which days. Kept beside the data, so that a later run goes on with the same one. */
export interface Plan {
  accounts: number
  entries: number
  /** Business days that are over; the bank stands on the day after the last. */
  days: string[]
}

const MONTHS = 6
const DAY_MS = 86_400_000
export const CURRENCY = 'EUR'
export const CASH = accountIdOf('CASH', CURRENCY)
/** The account that money comes from when an account is opened. */
export const CASH_INDEX = -1

/** A plan that ends yesterday; throws where the entries are too few to fund every account and move something. */
export function planOf({ accounts, entries }: { accounts: number; entries: number }, now: Date): Plan {
  if (entries < 3 * accounts) throw new Error('give at least three entries for each account')
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - MONTHS, 1)
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  const days = Array.from({ length: (today - first) / DAY_MS }, (_, i) =>
    new Date(first + i * DAY_MS).toISOString().slice(0, 10),
  )
  return { accounts, entries, days }
}

/** The id of an account by its number: as an account-service would make them one after the other, and never kept anywhere. */
export function accountId(index: number): string {
  if (index === CASH_INDEX) return CASH
  const time = (EPOCH_MS + index).toString(16).padStart(12, '0')
  // A permutation of 32 bits, so that neighbours differ in all of their last digits.
  const mixed = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-0000${mixed}`
}

const EPOCH_MS = Date.UTC(2020, 0, 1)
