import type { listOwners } from '#contracts/api/account.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { shownLimits } from '../domain/ownership.ts'
import type { OwnerRow } from '../tables.ts'

/** Somebody on an account as the contract shows him. */
export function ownerOf(row: OwnerRow): ReplyOf<typeof listOwners>['items'][number] {
  const { account_id, customer_id, relation, capabilities, added_at } = row
  const shown = { limits: shownLimits(row), added_at: added_at.toISOString() }
  return { account_id, customer_id, relation, capabilities, ...shown }
}
