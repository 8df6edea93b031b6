import type { OwnerLookup } from '#libs/http/implement.ts'
import type { Own } from './config.ts'

/** True when the caller's customer may do `capability` to the account. Concurrent questions travel together. */
export const mayAct: OwnerLookup<Own> = async (account_id, { customer_id }, capability, { own }) =>
  customer_id !== null && (await own.access.submit({ account_id, customer_id, capability }))
