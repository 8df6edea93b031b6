import { hash } from 'node:crypto'
import { OWN_ACCOUNTS } from './domain/chart.ts'

const OWN_CODES: ReadonlySet<string> = new Set(OWN_ACCOUNTS.map((line) => line.gl_code))
const known = new Map<string, string>()

/**
 * The account that a posting names: an id as it is, or a code of the bank's own accounts in a currency. The id of an own account is a
 * UUID of version 8 (RFC 9562 §5.8) made of SHA-256 of both, so that every instance knows it without asking.
 */
export function accountIdOf(named: string, currency: string): string {
  if (named.length === 36) return named.toLowerCase()
  const key = `${named} ${currency}`
  const cached = known.get(key)
  if (cached !== undefined) return cached
  const id = uuidOf(`bankflow ledger account ${key}`)
  if (OWN_CODES.has(named)) known.set(key, id)
  return id
}

function uuidOf(name: string): string {
  const digest = hash('sha256', name, 'hex')
  const variant = ((Number.parseInt(digest[16] as string, 16) & 0x3) | 0x8).toString(16)
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}
