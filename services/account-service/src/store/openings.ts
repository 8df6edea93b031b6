import { openLedgerAccount } from '#contracts/api/ledger.ts'
import { accountCreated, accountOwnerAdded } from '#contracts/events/account.ts'
import type { Caller, Client } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import { accountNumberOf, lastFourOf } from '../domain/account-number.ts'
import { firstLimits } from '../domain/limits.ts'
import { capabilitiesFor } from '../domain/ownership.ts'
import type { AccountRow, ProductRow, RelationRow } from '../tables.ts'
import { appendLog, type Doer } from './log.ts'

/** An account that is to be opened. */
export interface NewAccount {
  account_id: string
  customer_id: string
  product: ProductRow
  currency: string
  branch_id: string
  /** Minor units. */
  overdraft_limit_cents: bigint
  /** PENDING until its customer is known: neither credits nor debits. */
  status: 'PENDING' | 'ACTIVE'
}

/** Opens the ledger account under the account's id, with the product's limits; again, it answers the same. */
export async function openInLedger(account: NewAccount, { call }: Client, acting?: Caller): Promise<void> {
  const { account_id, product, currency, overdraft_limit_cents, status } = account
  const body = {
    ledger_account_id: account_id,
    gl_code: 'CUSTOMER_DEPOSITS',
    currency,
    overdraft_limit_cents,
    state: status === 'PENDING' ? 'FROZEN' : 'OPEN',
    ...firstLimits(product, currency),
  } as const
  await call(openLedgerAccount, { body }, acting === undefined ? {} : { acting })
}

/** Writes a new account, its first owner and whoever may act for him, its first line of the log, and the events. The standing is locked. */
export async function recordOpening(
  tx: Tx,
  opening: NewAccount,
  {
    by,
    opened_date,
    trace,
  }: { by: Doer; opened_date: string; trace?: { correlation_id: string; traceparent: string } },
): Promise<AccountRow> {
  const { product, ...known } = opening
  const account: AccountRow = {
    ...known,
    account_number: accountNumberOf(await nextSerial(tx)),
    product_id: product.product_id,
    account_type: product.account_type,
    opened_date,
    closed_at: null,
    version: 1,
    frozen_reason: null,
    created_by: by.changed_by,
    created_at: by.at,
    updated_at: by.at,
    nickname: null,
    statement_delivery: 'NONE',
    settings_version: 1,
    daily_ceiling_cents: null,
    monthly_ceiling_cents: null,
  }
  await tx`insert into accounts ${tx({ ...account })}`
  await tx`
    insert into account_owners (account_id, customer_id, relation, capabilities, added_at)
    values (${account.account_id}, ${account.customer_id}, 'OWNER', ${capabilitiesFor('OWNER', undefined)}, ${by.at})`
  const { account_id, product_id, currency, status } = account
  await appendLog(tx, by, [{ account_id, change_type: 'OPENED', details: { product_id, currency, status } }])
  await publishAll(tx, [createdEvent(account, trace)])
  const relations = await tx<RelationRow[]>`
    select * from customer_relations where customer_id = ${account.customer_id} order by related_customer_id`
  for (const relation of relations) await addRelated(tx, [account_id], relation, by, trace)
  return account
}

/**
 * Puts whoever may act for a customer on accounts of that customer, which are locked. Somebody who stands on one already, by hand or by
 * relation, is left as he is.
 */
export async function addRelated(
  tx: Tx,
  account_ids: readonly string[],
  { related_customer_id, relation, capabilities }: Omit<RelationRow, 'customer_id'>,
  by: Doer,
  trace?: { correlation_id: string; traceparent: string },
): Promise<void> {
  const added = await tx<{ account_id: string }[]>`
    insert into account_owners (account_id, customer_id, relation, capabilities, added_at, via_relation)
    select account_id, ${related_customer_id}, ${relation}, ${capabilities}, ${by.at}, true
    from unnest(${[...account_ids]}::uuid[]) as account (account_id)
    on conflict (account_id, customer_id) do nothing returning account_id`
  const details = { customer_id: related_customer_id, relation, capabilities: capabilities.join(',') }
  const change_type = 'OWNER_ADDED'
  await appendLog(
    tx,
    by,
    added.map(({ account_id }) => ({ account_id, change_type, details })),
  )
  const capability = capabilities.join(',')
  const events = added.map(({ account_id }) =>
    occurred(accountOwnerAdded, { account_id, customer_id: related_customer_id, capability }, trace),
  )
  await publishAll(tx, events)
}

async function nextSerial(tx: Tx): Promise<bigint> {
  const [row] = await tx<{ serial: bigint }[]>`select nextval('account_numbers') as serial`
  return (row as { serial: bigint }).serial
}

function createdEvent(account: AccountRow, trace?: { correlation_id: string; traceparent: string }) {
  const { account_id, customer_id, account_number, account_type, currency, branch_id, status } = account
  const account_number_last4 = lastFourOf(account_number)
  return occurred(
    accountCreated,
    { account_id, customer_id, account_number_last4, account_type, currency, branch_id, status },
    trace,
  )
}
