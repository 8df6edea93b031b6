import { type AccountAction, isWithinGrant } from '#contracts/grants.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { OwnerLookup } from '#libs/http/implement.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Own } from './config.ts'

/**
 * True when the caller's customer may do `capability` to the account, and the account is among those that his grant is bounded to. Concurrent
 * questions travel together.
 */
export const mayAct: OwnerLookup<Own> = async (account_id, caller, capability, { own }) => {
  const { customer_id } = caller
  if (customer_id === null || !isWithinGrant(caller, account_id)) return false
  return own.access.submit({ account_id, customer_id, capability })
}

/** Refuses a caller who was granted the account, and not this of it: who may see a balance need not see what it was spent on. */
export function requireGranted(caller: Caller, account_id: string, action: AccountAction): void {
  if (isWithinGrant(caller, account_id, action)) return
  throw new Problem(platformProblems.FORBIDDEN, {
    detail: `The consent does not include the ${action} of this account`,
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  })
}
