import { hash } from 'node:crypto'
import { encode } from '#libs/json/json.ts'
import type { Currency } from '#libs/money/currencies.ts'
import type { BankRow } from './row-reader.ts'

/**
 * The customer of an imported account, as a UUID version 8 (RFC 9562 §5.8) of its label and currency: the same for ever, so that the account
 * is found again by any later run on any machine.
 */
export function customerIdOf(label: string, currency: Currency): string {
  return uuidOf('bankflow import: customer of an account', label, currency)
}

/** The batch of a file: the same file read in the same way is the same batch, so that a second run reports on the first. */
export function batchIdOf(file_sha256: string, reading: unknown): string {
  return uuidOf('bankflow import: batch of a file', file_sha256, encode(reading))
}

/**
 * A maker of `external_reference`s for the rows of one file in order. Equal rows of an account get different ones by their count, so that true
 * twins are both booked; the same row in the same place of the count gets the same one in any run.
 */
export function referenceMaker(): (row: BankRow) => string {
  // 52 bits of a hash keep a row of the map small. Two rows that met in them would only count as twins: references that are still
  // unlike, and the same in each run.
  const seen = new Map<number, number>()
  return ({ account, value_date, minor, description, category, currency }) => {
    const content = encode([account, value_date, minor, description, category ?? null, currency])
    const key = Number.parseInt(hash('sha256', content, 'hex').slice(0, 13), 16)
    const nth = (seen.get(key) ?? 0) + 1
    seen.set(key, nth)
    return `imp-${hash('sha256', `${content}#${nth}`, 'hex')}`
  }
}

/** The account a row belongs to within one run: label and currency. */
export function accountKeyOf(account: string, currency: Currency): string {
  return `${currency} ${account}`
}

function uuidOf(...parts: readonly string[]): string {
  const bytes = Buffer.from(hash('sha256', encode(parts), 'hex'), 'hex').subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
