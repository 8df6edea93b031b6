import type { OwnerLookup } from '#libs/http/implement.ts'
import type { Own } from './config.ts'

/** True for the customer himself. Delegates and joint customers see accounts, never somebody else's profile. */
export const isHis: OwnerLookup<Own> = async (customer_id, caller) => customer_id.toLowerCase() === caller.customer_id
