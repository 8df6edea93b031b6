import { resolveAccounts } from '#contracts/api/account.ts'
import { getHold } from '#contracts/api/ledger.ts'
import { createBatcher } from '#libs/batch/batcher.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { isOwnedBy, type KnownAccounts } from './domain/accounts.ts'
import { plainNumber } from './domain/beneficiaries.ts'

type Resolved = ReplyOf<typeof resolveAccounts>['items'][number]
export type Capability = Resolved['owners'][number]['capabilities'][number]

/** Accounts as account-service knows them now. */
export interface AccountDirectory {
  /** True when account-service says that the customer may do `capability` to the account. Concurrent questions travel together. */
  mayAct(account_id: string, customer_id: string, capability: Capability): Promise<boolean>
  /** True when account-service says that the customer may do anything at all with the account. */
  isOwner(account_id: string, customer_id: string): Promise<boolean>
  drain(): Promise<void>
}

/** Accounts that one question may name, by id and by number each: what the contract of `resolveAccounts` takes. */
const MAX_ASKED = 2_000

export function openAccountDirectory(client: Client): AccountDirectory {
  const batcher = createBatcher<string, Resolved | undefined>({
    name: 'account owners',
    maxSize: 512,
    maxQueue: 10_000,
    concurrency: 2,
    run: async (ids) => {
      const { items } = await client.call(resolveAccounts, {
        body: { account_ids: [...new Set(ids)], account_numbers: [] },
      })
      const byId = new Map(items.map((account) => [account.account_id, account]))
      // A UUID may come in capitals; account-service answers in small letters.
      return ids.map((id) => byId.get(id.toLowerCase()))
    },
  })
  return {
    mayAct: async (account_id, customer_id, capability) => {
      const account = await batcher.submit(account_id)
      return (
        account?.owners.some((owner) => owner.customer_id === customer_id && owner.capabilities.includes(capability)) ??
        false
      )
    },
    isOwner: async (account_id, customer_id) => isOwnedBy(await batcher.submit(account_id), customer_id),
    drain: () => batcher.drain(),
  }
}

/** True when the ledger still keeps the amount of a hold aside. */
export async function isHoldActive({ call }: Pick<Client, 'call'>, hold_id: string | null): Promise<boolean> {
  if (hold_id === null) return false
  try {
    return (await call(getHold, { params: { hold_id } })).status === 'ACTIVE'
  } catch (error) {
    if (error instanceof Problem && error.kind.code === 'HOLD_NOT_FOUND') return false
    throw error
  }
}

/** Asks account-service once for all the accounts that a batch names. */
export async function resolveKnown(
  { call }: Pick<Client, 'call'>,
  account_ids: readonly string[],
  account_numbers: readonly string[] = [],
): Promise<KnownAccounts> {
  const ids = [...new Set(account_ids)]
  const numbers = [...new Set(account_numbers)]
  const items: Resolved[] = []
  for (let from = 0; from < Math.max(ids.length, numbers.length); from += MAX_ASKED) {
    const body = {
      account_ids: ids.slice(from, from + MAX_ASKED),
      account_numbers: numbers.slice(from, from + MAX_ASKED),
    }
    items.push(...(await call(resolveAccounts, { body })).items)
  }
  const byId = new Map(items.map((account) => [account.account_id, account]))
  const byNumber = new Map(items.map((account) => [account.account_number, account]))
  return { byId: (id) => byId.get(id.toLowerCase()), byNumber: (number) => byNumber.get(number) }
}

/** The bank's own account behind a number as people write it, or undefined. */
export async function resolvePayee(
  { call }: Pick<Client, 'call'>,
  account_number: string,
): Promise<Resolved | undefined> {
  const body = { account_ids: [], account_numbers: [plainNumber(account_number)] }
  return (await call(resolveAccounts, { body })).items[0]
}
