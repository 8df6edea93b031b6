import { hash } from 'node:crypto'
import { getAccountBalance, listAccounts, openAccount } from '#contracts/api/account.ts'
import { createCustomer } from '#contracts/api/customer.ts'
import { getBusinessDate } from '#contracts/api/ledger-days.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { MAX_CENTS } from '#libs/contract/schema.ts'
import { encode } from '#libs/json/json.ts'
import type { Currency } from '#libs/money/currencies.ts'
import { formatMinor, NotAnAmount, parseDecimal } from '#libs/money/format.ts'
import { type BankApi, Refused } from './bank-api.ts'
import { customerIdOf } from './references.ts'
import { cleanText } from './row-reader.ts'
import { ImportStopped } from './stopped.ts'

/** An account of the bank that rows of the file are booked to. */
export interface BankAccount {
  account_id: string
  account_number: string
  is_new: boolean
  /** Its ledger balance before this run booked anything to it, minor units. */
  balance_before: bigint
}

export interface AccountWishes {
  product_id: string
  /** A decimal amount in the account's currency, or `unlimited`. */
  overdraft: string
}

/** What staff read of an imported customer's KYC: nobody has seen a person. */
const KYC_REFERENCE = 'Imported history: known by the label of an account only; the profile is to be completed'
const MAX_NAME = 100

type Account = ReplyOf<typeof listAccounts>['items'][number]

/** The account of a label, found by its customer or opened. Notes what the person should know by `say`. */
export async function accountFor(
  api: BankApi,
  label: string,
  currency: Currency,
  wishes: AccountWishes,
  say: (line: string) => void,
): Promise<BankAccount> {
  const customer_id = customerIdOf(label, currency)
  const wanted = overdraftOf(wishes.overdraft, currency)
  const known = await knownAccount(api, customer_id)
  if (known === undefined) return opened(api, label, currency, customer_id, wishes.product_id, wanted)
  if (known.overdraft_limit_cents !== wanted) {
    const limit = shownOverdraft(known.overdraft_limit_cents, currency)
    say(`account ${label} (${known.account_number}) is there already and keeps its overdraft: ${limit}`)
  }
  return { ...named(known), is_new: false, balance_before: await ledgerBalance(api, known.account_id) }
}

/** What the ledger says an account holds now, minor units. */
export async function ledgerBalance(api: BankApi, account_id: string): Promise<bigint> {
  const { ledger_balance_cents } = await api.call(getAccountBalance, { params: { account_id } })
  return ledger_balance_cents
}

/** Minor units of an overdraft option. ImportStopped when it is no amount of the currency. */
export function overdraftOf(text: string, currency: Currency): bigint {
  if (text === 'unlimited') return BigInt(MAX_CENTS)
  try {
    const minor = parseDecimal(text, currency)
    if (minor >= 0n) return minor
  } catch (error) {
    if (!(error instanceof NotAnAmount)) throw error
  }
  throw new ImportStopped(`overdraft: ${JSON.stringify(text)} is neither an amount in ${currency} nor unlimited`)
}

function shownOverdraft(minor: bigint, currency: Currency): string {
  return minor === BigInt(MAX_CENTS) ? 'unlimited' : `${formatMinor(minor, currency)} ${currency}`
}

/** The customer has one account, of one currency, because both are in its id; a closed one counts, so that its rows are refused as such. */
async function knownAccount(api: BankApi, customer_id: string): Promise<Account | undefined> {
  const { items } = await api.call(listAccounts, { query: { customer_id } })
  return items.find((account) => account.status !== 'CLOSED') ?? items[0]
}

async function opened(
  api: BankApi,
  label: string,
  currency: Currency,
  customer_id: string,
  product_id: string,
  overdraft_limit_cents: bigint,
): Promise<BankAccount> {
  const body = { product_id, currency, customer_id, overdraft_limit_cents }
  try {
    await bringOver(api, label, currency, customer_id)
    const account = await api.call(openAccount, { body }, { key: keyOf('open', body) })
    return { ...named(account), is_new: true, balance_before: 0n }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new ImportStopped(`cannot open an account for ${JSON.stringify(label)}: ${error.message} (${error.code})`)
  }
}

/**
 * Makes the customer of a label known to the bank: a name that nobody bears, no birthday and no address, and a reference that says why. One who
 * is known stays as he is, because a run may end before it has opened his account.
 */
async function bringOver(api: BankApi, label: string, currency: Currency, customer_id: string): Promise<void> {
  const { business_date } = await api.call(getBusinessDate, {})
  const body = {
    customer_id,
    first_name: 'Imported',
    last_name: cleanText(label, MAX_NAME),
    home_currency: currency,
    opens_account: false,
    kyc_evidence: { reference: KYC_REFERENCE, verified_on: business_date },
  }
  try {
    await api.call(createCustomer, { body }, { key: keyOf('customer', body) })
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'CUSTOMER_EXISTS') throw error
  }
}

/** The body is part of the key: a wish that was refused once may be changed and made again. */
function keyOf(what: string, body: object): string {
  return `import-${what}-${hash('sha256', encode(body), 'hex').slice(0, 40)}`
}

function named({ account_id, account_number }: Account): { account_id: string; account_number: string } {
  return { account_id, account_number }
}
