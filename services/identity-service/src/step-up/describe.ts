import { lookupPayee, resolveAccounts } from '#contracts/api/account.ts'
import { addBeneficiary, getBeneficiary, transferMoney, trustBeneficiary } from '#contracts/api/transaction.ts'
import type { Caller, Client } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { encode } from '#libs/json/json.ts'
import { isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { Problem } from '#libs/problem/problem.ts'

/** What a person is shown before confirming. */
export interface Confirmed {
  text: string
  operation: string
  lines: { label: string; value: string }[]
  readonly [member: string]: unknown
}

type Asking = Pick<Client, 'call'> & { caller: Caller }
type Input = Pick<InputOf<Operation>, 'params' | 'body'>

/** Fields that stand nowhere but in the request itself. */
const SECRET = /password|code|proof|secret|token/
const LONGEST_VALUE = 140
const LINES_AT_MOST = 20

/**
 * Says in the bank's own words what a request would do: for a transfer the amount, whose the account is as the bank knows it, and from which account; for
 * all else its summary and what it names. A Problem where accounts are not there, or not the caller's.
 */
export async function describeRequest(contract: Operation, input: Input, asking: Asking): Promise<Confirmed> {
  if (contract.id === transferMoney.id)
    return describeTransfer(input.body as InputOf<typeof transferMoney>['body'], asking)
  if (contract.id === addBeneficiary.id) return describePayee(input.body as InputOf<typeof addBeneficiary>['body'])
  if (contract.id === trustBeneficiary.id && (input.body as { is_trusted: boolean }).is_trusted)
    return describeTrust(input.params as InputOf<typeof trustBeneficiary>['params'], asking)
  return describeByContract(contract, input)
}

async function describeTransfer(
  body: InputOf<typeof transferMoney>['body'],
  { call, caller }: Asking,
): Promise<Confirmed> {
  const { source_account_id, destination_account_id, destination_account_number: number } = body
  const asked = {
    account_ids: [source_account_id, ...(destination_account_id === undefined ? [] : [destination_account_id])],
    account_numbers: number === undefined ? [] : [number],
  }
  const { items } = await call(resolveAccounts, { body: asked })
  const source = items.find(({ account_id }) => account_id === source_account_id)
  const isOwn = source?.owners.some(({ customer_id }) => customer_id === caller.customer_id) === true
  if (source === undefined || !isOwn) throw notThere('/body/source_account_id')
  const destination = items.find(
    ({ account_id, account_number }) => account_id === destination_account_id || account_number === number,
  )
  if (destination === undefined || (destination_account_id === undefined) === (number === undefined))
    throw notThere(number === undefined ? '/body/destination_account_id' : '/body/destination_account_number')
  const { masked_name } = await call(lookupPayee, { query: { account_number: destination.account_number } })
  const amount = amountOf(body.amount_cents, body.currency)
  const payee = `${masked_name}, ${destination.account_number}`
  const from = `••••${source.account_number.slice(-6)}`
  const said = body.description ?? body.external_reference ?? ''
  return {
    operation: transferMoney.id,
    text: `Pay ${amount} to ${payee}, from your account ${from}`,
    lines: [
      { label: 'Amount', value: amount },
      { label: 'To', value: payee },
      { label: 'From', value: from },
      ...(said === '' ? [] : [{ label: 'For', value: said }]),
    ],
  }
}

function describePayee({ name, account_number, currency }: InputOf<typeof addBeneficiary>['body']): Confirmed {
  return {
    operation: addBeneficiary.id,
    text: `Keep ${name}, ${account_number}, as somebody whom you pay`,
    lines: [
      { label: 'Name', value: name },
      { label: 'Account', value: account_number },
      { label: 'Currency', value: currency },
    ],
  }
}

/** Whom the customer is about to pay without confirming it: by name and number, for an id says nobody whom he trusts. */
async function describeTrust(
  params: InputOf<typeof trustBeneficiary>['params'],
  { call, caller }: Asking,
): Promise<Confirmed> {
  const payee = await call(getBeneficiary, { params })
  if (payee.customer_id !== caller.customer_id) throw notThere('/params/beneficiary_id', 'payee')
  return {
    operation: trustBeneficiary.id,
    text: `Trust ${payee.name}, ${payee.account_number}: what you pay there need not be confirmed any more`,
    lines: [
      { label: 'Name', value: payee.name },
      { label: 'Account', value: payee.account_number },
    ],
  }
}

/** The summary of the contract, and every value that it is asked with. */
function describeByContract({ id, summary }: Operation, { params, body }: Input): Confirmed {
  const named = Object.entries({ ...(params as object), ...(body as object) })
  const lines = named
    .filter(([name]) => !SECRET.test(name))
    .slice(0, LINES_AT_MOST)
    .map(([name, value]) => ({ label: wordsOf(name), value: shownValue(value) }))
  const ids = Object.values(params as Record<string, unknown>).map(shownValue)
  const about = ids.length === 0 ? '' : ` (${ids.join(', ')})`
  return { operation: id, text: `${summary}${about}`, lines: [{ label: 'What', value: summary }, ...lines] }
}

function amountOf(amount_cents: bigint, currency: string): string {
  return isCurrency(currency) ? `${formatMinor(amount_cents, currency)} ${currency}` : `${amount_cents} ${currency}`
}

function wordsOf(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : encode(value)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}

function notThere(pointer: string, what = 'account'): Problem {
  const kind = { code: 'NOT_FOUND', status: 404, title: 'Nothing is here' }
  return new Problem(kind, { detail: `There is no such ${what}`, errors: [{ pointer, detail: `is no such ${what}` }] })
}
