import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { schemaUriOf } from '#libs/contract/event.ts'
import type { Transfer } from './history.ts'
import { accountId, CURRENCY } from './plan.ts'

/** The columns of a table with the text of each, as COPY takes it. A new column is a new line here. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => string | number>>

export const NULL = '\\N'
const SOURCE = 'transaction-service'

const bookedAt = ({ booked_ms }: Transfer): string => new Date(booked_ms).toISOString()
const correlationOf = ({ noise }: Transfer): string =>
  `${noise.slice(32, 40)}-${noise.slice(40, 44)}-4${noise.slice(45, 48)}-8${noise.slice(49, 52)}-${noise.slice(52, 64)}`
const eventOf = ({ isFunding }: Transfer): string => (isFunding ? 'DEPOSIT' : 'TRANSFER')
const referenceOf = ({ business_date, noise }: Transfer): string =>
  `TXN-${business_date.slice(0, 4)}-${noise.slice(64, 74).toUpperCase()}`

export const JOURNAL: Columns<Transfer> = {
  ledger_transaction_id: ({ id }) => id,
  source: () => SOURCE,
  transaction_id: ({ transaction_id }) => transaction_id,
  step: () => 'post',
  business_event: eventOf,
  reference: referenceOf,
  description: ({ isFunding }) => (isFunding ? 'the first deposit' : 'a payment of the bench'),
  currency: () => CURRENCY,
  debit_account_ids: ({ debit }) => `{${accountId(debit)}}`,
  credit_account_ids: ({ credit }) => `{${accountId(credit)}}`,
  amounts_cents: ({ cents }) => `{${cents}}`,
  value_date: ({ value_date }) => value_date,
  business_date: ({ business_date }) => business_date,
  booked_at: bookedAt,
  user_id: () => NULL,
  correlation_id: correlationOf,
  is_limited: () => 'f',
  sequences: ({ debit_sequence, credit_sequence }) => `{${debit_sequence},${credit_sequence}}`,
  balances_cents: ({ debit_balance, credit_balance }) => `{${debit_balance},${credit_balance}}`,
}

/** One side of a transfer. */
export interface Side {
  transfer: Transfer
  isDebit: boolean
}

export const ENTRIES: Columns<Side> = {
  ledger_account_id: ({ transfer, isDebit }) => accountId(isDebit ? transfer.debit : transfer.credit),
  sequence: ({ transfer, isDebit }) => (isDebit ? transfer.debit_sequence : transfer.credit_sequence),
  business_date: ({ transfer }) => transfer.business_date,
  ledger_transaction_id: ({ transfer }) => transfer.id,
  ordinal: ({ isDebit }) => (isDebit ? 1 : 2),
  is_debit: ({ isDebit }) => (isDebit ? 't' : 'f'),
  // Cash is an asset, a debit raises it; everybody else's account is a liability.
  signed_cents: ({ transfer, isDebit }) => (isDebit && !transfer.isFunding ? -transfer.cents : transfer.cents),
  balance_cents: ({ transfer, isDebit }) => (isDebit ? transfer.debit_balance : transfer.credit_balance),
  value_date: ({ transfer }) => transfer.value_date,
}

export const STEPS: Columns<Transfer> = {
  source: () => SOURCE,
  transaction_id: ({ transaction_id }) => transaction_id,
  step: () => 'post',
  // Nobody asks for these steps again, so what they were made of is not asked for either.
  fingerprint: ({ noise }) => `\\\\x${noise.slice(64, 128)}`,
  kind: () => 'postTransaction',
  resource_id: ({ id }) => id,
}

/** Events of one transaction of the database, as busy moments bundle them. */
export interface Bundle {
  id: string
  events: number
  /** Of its last event. */
  position: number
  text: string
}

/** What an account comes to after all that happened to it. */
export interface Account {
  index: number
  balance: number
  count: number
}

/** `line` is that of the chart of accounts. */
export function accountColumns(line: {
  gl_code: string
  name: string
  account_type: string
  normal_side: string
  overdraft_limit_cents: string
  created_at: string
}): Columns<Account> {
  return {
    ledger_account_id: ({ index }) => accountId(index),
    gl_code: () => line.gl_code,
    name: () => line.name,
    account_type: () => line.account_type,
    normal_side: () => line.normal_side,
    currency: () => CURRENCY,
    state: () => 'OPEN',
    state_version: () => 0,
    overdraft_limit_cents: () => line.overdraft_limit_cents,
    ledger_balance_cents: ({ balance }) => balance,
    held_cents: () => 0,
    entry_count: ({ count }) => count,
    created_at: () => line.created_at,
  }
}

export const OUTBOX: Columns<Bundle> = {
  id: ({ id }) => id,
  epoch: () => 1,
  events: ({ events }) => events,
  position: ({ position }) => position,
  types: () => `{${ledgerTransactionPosted.type}}`,
  bundle: ({ text }) => text,
}

const EVENT_HEAD = `"type":"${ledgerTransactionPosted.type}","dataschema":"${schemaUriOf(ledgerTransactionPosted)}"`

/** The event of a transfer on one line of JSON, nothing in which COPY would read as anything else. */
export function eventText(transfer: Transfer): string {
  const { id, transaction_id, noise, business_date, value_date, cents, isFunding } = transfer
  const debit = accountId(transfer.debit)
  const time = bookedAt(transfer)
  const entry = (account: string, sequence: number, amount: number, balance: number): string =>
    `{"account_id":"${account}","sequence":${sequence},"amount_cents":${amount},"currency":"${CURRENCY}","balance_cents":${balance}}`
  const postings = [
    entry(debit, transfer.debit_sequence, isFunding ? cents : -cents, transfer.debit_balance),
    entry(accountId(transfer.credit), transfer.credit_sequence, cents, transfer.credit_balance),
  ]
  const trace = `"correlationid":"${correlationOf(transfer)}","traceparent":"00-${noise.slice(0, 32)}-${noise.slice(32, 48)}-01"`
  const data =
    `"ledger_transaction_id":"${id}","account_id":"${debit}","transaction_id":"${transaction_id}","source":"${SOURCE}",` +
    `"business_event":"${eventOf(transfer)}","postings":[${postings.join(',')}],"value_date":"${value_date}","booked_at":"${time}",` +
    `"reference":"${referenceOf({ ...transfer, business_date })}"`
  return `{"id":"${id.slice(0, 19)}b${id.slice(20)}",${EVENT_HEAD},"time":"${time}","subject":"${id}","partitionkey":"${debit}",${trace},"data":{${data}}}`
}
