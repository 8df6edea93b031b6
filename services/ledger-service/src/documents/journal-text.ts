import { type Currency, isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { accountIdOf } from '../own-accounts.ts'
import { currencyOf, type SealedTransaction } from '../proofs/texts.ts'
import type { AccountType, Side } from '../tables.ts'

/** An account as an export shows it. */
export interface ExportedAccount {
  readonly ledger_account_id: string
  readonly gl_code: string
  readonly account_type: AccountType
  readonly normal_side: Side
  readonly currency: string
}

/** A line of the chart at both ends of the exported days, a debit balance above zero. */
export interface ExportedLine {
  readonly gl_code: string
  readonly account_type: AccountType
  readonly currency: string
  /** What the accounts that are not opened by themselves had before. */
  readonly opening_rest: bigint
  readonly closing: bigint
}

export interface ExportedDays {
  readonly from: string
  readonly to: string
  readonly known_at: string | null
  readonly seal_no: number
}

/** A way to write a journal as text, part by part: nothing of it needs to be held. */
export interface JournalFormat {
  readonly content_type: string
  readonly extension: string
  head(days: ExportedDays): string
  /** Before the first transaction that moves it; a debit balance above zero. */
  account(account: ExportedAccount, opening: bigint, days: ExportedDays): string
  transaction(booked: SealedTransaction, accountOf: (id: string) => ExportedAccount): string
  tail(lines: readonly ExportedLine[], days: ExportedDays): string
}

const ROOTS: Readonly<Record<AccountType, string>> = {
  ASSET: 'Assets',
  LIABILITY: 'Liabilities',
  EQUITY: 'Equity',
  INCOME: 'Income',
  EXPENSE: 'Expenses',
}

/** Beancount's and hledger's name of a line in a currency: the parent of its accounts, and the account itself where it is the bank's own. */
export function lineName({
  account_type,
  gl_code,
  currency,
}: Pick<ExportedLine, 'account_type' | 'gl_code' | 'currency'>) {
  return `${ROOTS[account_type]}:${gl_code.replaceAll('_', '-')}:${currency}`
}

/** The name of an account. Its id in capitals, as the part of a name has to begin. */
export function accountName(account: ExportedAccount): string {
  return isOwn(account) ? lineName(account) : `${lineName(account)}:${account.ledger_account_id.toUpperCase()}`
}

/** True for an account of the bank's own: there is one of its line in its currency. */
export function isOwn({ ledger_account_id, gl_code, currency }: ExportedAccount): boolean {
  return accountIdOf(gl_code, currency) === ledger_account_id
}

/** What a transaction does, posting by posting, debit before credit: the account's name and the amount, debits above zero. */
export function legsOf(
  booked: SealedTransaction,
  accountOf: (id: string) => ExportedAccount,
): [name: string, amount: string][] {
  return booked.amounts_cents.flatMap((cents, i) => {
    const currency = currencyOf(booked, i)
    return [
      [accountName(accountOf(booked.debit_account_ids[i] as string)), amountText(BigInt(cents), currency)],
      [accountName(accountOf(booked.credit_account_ids[i] as string)), amountText(-BigInt(cents), currency)],
    ] as [string, string][]
  })
}

/** What a transaction says besides its legs, where it does: the rate of an exchange, the adjustment that it is. */
export function moreOf({ exchange, adjustment_id }: SealedTransaction): { exchange?: string; adjustment_id?: string } {
  return {
    ...(exchange === null
      ? {}
      : { exchange: `1 ${exchange.sell_currency} = ${exchange.rate} ${exchange.buy_currency}` }),
    ...(adjustment_id === null ? {} : { adjustment_id }),
  }
}

/** What stands against the balances that were there before. */
export function openingName(currency: string): string {
  return `Equity:Opening-Balances:${currency}`
}

/** Minor units as the decimal of their currency, which follows. */
export function amountText(cents: bigint, currency: string): string {
  return `${decimalOf(cents, currency)} ${currency}`
}

/** Minor units as the decimal of a currency. */
export function decimalOf(cents: bigint, currency: string): string {
  return isCurrency(currency) ? formatMinor(cents, currency as Currency) : String(cents)
}
