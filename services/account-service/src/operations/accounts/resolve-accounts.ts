import { resolveAccounts as contract } from '#contracts/api/account.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { implementRead } from '../../config.ts'
import { shownLimits } from '../../domain/ownership.ts'
import type { AccountRow, Capability, Relation } from '../../tables.ts'

type Facts = ReplyOf<typeof contract>['items'][number]
type FactsRow = Pick<AccountRow, 'account_id' | 'account_number' | 'currency' | 'status' | 'branch_id'> & {
  owner_id: string
  relation: Relation
  capabilities: string
  max_amount_cents: bigint | null
  max_day_cents: bigint | null
}

/**
 * Facts of accounts by id or number; unknown ones are left out. One query for any number of accounts, since every transfer asks. It reads
 * the primary: its no is final for the asker, and a replica may not know a new account yet.
 */
export const resolveAccounts = implementRead(contract, {
  async read({ body: { account_ids, account_numbers } }, { own }) {
    const rows = await own.database.app<FactsRow[]>`
      select a.account_id, a.account_number, a.currency, a.status, a.branch_id,
        o.customer_id as owner_id, o.relation, array_to_string(o.capabilities, ',') as capabilities,
        o.max_amount_cents, o.max_day_cents
      from accounts a join account_owners o using (account_id)
      where a.account_id = any(${account_ids}::uuid[]) or a.account_number = any(${account_numbers}::text[])`
    return { items: [...grouped(rows).values()] }
  },
})

function grouped(rows: readonly FactsRow[]): Map<string, Facts> {
  const accounts = new Map<string, Facts>()
  for (const { owner_id, relation, capabilities, max_amount_cents, max_day_cents, ...account } of rows) {
    const limits = shownLimits({ max_amount_cents, max_day_cents })
    const owner = {
      ...{ customer_id: owner_id, capabilities: capabilities.split(',') as Capability[] },
      ...(relation === 'DELEGATE' ? { is_delegate: true as const } : {}),
      ...(limits === null ? {} : { limits }),
    }
    const known = accounts.get(account.account_id)
    if (known === undefined) accounts.set(account.account_id, { ...account, owners: [owner] })
    else known.owners.push(owner)
  }
  return accounts
}
