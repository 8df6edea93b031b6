import { hash } from 'node:crypto'
import { CURRENCY_CODES } from '#libs/money/currencies.ts'

/** The line of the bank's positions in currencies: what is exchanged goes through them. */
const POSITION = 'FX_POSITION'
/** Codes and currencies whose ids are kept at most: far more than a chart has lines, so that only wrong names ever fill it. */
const MOST_KEPT = 20_000
const known = new Map<string, string>()

/**
 * The account that a posting names: an id as it is, or a code of the bank's own accounts in a currency. The id of an own account is a
 * UUID of version 8 (RFC 9562 §5.8) made of SHA-256 of both, so that every instance knows it without asking.
 */
export function accountIdOf(named: string, currency: string): string {
  if (named.length === 36) return named
  const key = `${named} ${currency}`
  const cached = known.get(key)
  if (cached !== undefined) return cached
  const id = uuidOf(`bankflow ledger account ${key}`)
  if (known.size < MOST_KEPT) known.set(key, id)
  return id
}

/** The account of the bank's position in a currency. */
export function positionIdOf(currency: string): string {
  return accountIdOf(POSITION, currency)
}

const positions: ReadonlySet<string> = new Set(CURRENCY_CODES.map(positionIdOf))

/** True for the account of a position: nothing reaches it but by an exchange that says its rate. */
export function isPosition(ledger_account_id: string): boolean {
  return positions.has(ledger_account_id)
}

function uuidOf(name: string): string {
  const digest = hash('sha256', name, 'hex')
  const variant = ((Number.parseInt(digest[16] as string, 16) & 0x3) | 0x8).toString(16)
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}
