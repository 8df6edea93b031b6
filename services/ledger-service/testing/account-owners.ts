import type { resolveAccounts } from '#contracts/api/account.ts'
import type { FakePeer } from '#libs/testing/service-test.ts'

/** account-service as a test plays it: each account has one owner, who may do all. */
export function ownedBy(owners: Readonly<Record<string, string>>): FakePeer<typeof resolveAccounts> {
  return ({ body }) => ({
    items: body.account_ids.flatMap((account_id) => {
      const customer_id = owners[account_id]
      if (customer_id === undefined) return []
      const capabilities: ('view' | 'debit' | 'manage')[] = ['view', 'debit', 'manage']
      const facts = { account_number: 'FB-00000001-1', currency: 'EUR', status: 'ACTIVE' as const, branch_id: 'main' }
      return [{ account_id, ...facts, owners: [{ customer_id, capabilities }] }]
    }),
  })
}
