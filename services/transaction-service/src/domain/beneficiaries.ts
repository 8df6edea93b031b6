import { isCurrency } from '#libs/money/currencies.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { BeneficiaryType } from '../tables.ts'
import { refusal } from './accounts.ts'

/** What a customer says of a payee. */
export interface PayeeWish {
  readonly beneficiary_type: BeneficiaryType
  readonly account_number: string
  readonly bank_code?: string | undefined
  readonly country?: string | undefined
  readonly currency: string
}

/** Where money for a payee goes, written in one way. */
export interface Payee {
  readonly account_number: string
  readonly account_id: string | null
  readonly bank_code: string | null
  readonly country: string | null
}

/** An account of this bank, as far as a payee needs it. */
export interface PayeeAccount {
  readonly account_id: string
  readonly account_number: string
  readonly currency: string
  readonly status: string
  readonly owners: readonly { readonly customer_id: string; readonly capabilities: readonly string[] }[]
}

/** ISO 13616: two letters of the country, two check digits, up to 30 characters of the account. */
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/

/** An account number as it is kept and compared: capitals, without the spaces that people read it by. */
export function plainNumber(account_number: string): string {
  return account_number.replaceAll(' ', '').toUpperCase()
}

/**
 * Where money for a payee would go, or why it cannot be kept. `account` is the bank's own account behind the number of an INTERNAL payee. For
 * others the number is an IBAN, which says bank and country, or is named with both.
 */
export function decidePayee(wish: PayeeWish, account: PayeeAccount | undefined, customer_id: string): Payee {
  if (!isCurrency(wish.currency)) throw refusal(problems.CURRENCY_UNKNOWN, '/currency')
  return wish.beneficiary_type === 'INTERNAL' ? internalPayee(wish, account, customer_id) : payeeElsewhere(wish)
}

function internalPayee(wish: PayeeWish, account: PayeeAccount | undefined, customer_id: string): Payee {
  if (account === undefined || account.status === 'CLOSED') throw refusal(problems.PAYEE_NOT_FOUND, '/account_number')
  const isOwn = account.owners.some(
    (owner) => owner.customer_id === customer_id && owner.capabilities.includes('manage'),
  )
  if (isOwn) throw refusal(problems.OWN_ACCOUNT_AS_PAYEE, '/account_number')
  if (account.currency !== wish.currency) throw refusal(problems.CURRENCY_MISMATCH, '/currency')
  const { account_id, account_number } = account
  return { account_number, account_id, bank_code: null, country: null }
}

function payeeElsewhere({ account_number: written, ...wish }: PayeeWish): Payee {
  const { bank_code, country } = { bank_code: wish.bank_code ?? null, country: wish.country ?? null }
  const account_number = plainNumber(written)
  if (IBAN.test(account_number)) {
    const home = account_number.slice(0, 2)
    if (!isIban(account_number) || (country !== null && country !== home))
      throw refusal(problems.ACCOUNT_NUMBER_WRONG, '/account_number')
    return { account_number, account_id: null, bank_code, country: home }
  }
  if (bank_code === null || country === null)
    throw refusal(problems.BANK_REQUIRED, bank_code === null ? '/bank_code' : '/country')
  return { account_number, account_id: null, bank_code, country }
}

/** ISO 7064 mod 97-10: with the first four characters last, and letters as 10 … 35, the number leaves 1. */
export function isIban(account_number: string): boolean {
  const turned = account_number.slice(4) + account_number.slice(0, 4)
  const digits = turned.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return BigInt(digits) % 97n === 1n
}

/** Refuses a change that says nothing, or that was made from a state that is no more. */
export function checkChange(
  row: { version: number } | undefined,
  wish: { name?: string | undefined; is_favourite?: boolean | undefined; version?: number | undefined },
): void {
  if (row === undefined) throw new Problem(problems.BENEFICIARY_NOT_FOUND)
  if (wish.name === undefined && wish.is_favourite === undefined) throw new Problem(problems.NOTHING_TO_CHANGE)
  if (wish.version !== undefined && wish.version !== row.version) throw new Problem(problems.BENEFICIARY_CHANGED)
}
