import type { Static } from 'typebox'
import type { Customer } from '#contracts/api/customer.ts'
import type { Caller } from '#libs/contract/client.ts'
import { maskedProfile } from './domain/masking.ts'
import type { CustomerRow, Profile } from './tables.ts'

export type Told = Static<typeof Customer>

/** What is left of a profile that was taken back. */
const NOTHING = {
  first_name: null,
  last_name: null,
  date_of_birth: null,
  email: null,
  phone: null,
  nationality: null,
  address: null,
} as const

/** True for the customer himself. Whoever acts for him sees accounts, never the profile. */
export function isHimself(
  customer: Pick<CustomerRow, 'customer_id'>,
  caller: Pick<Caller, 'kind' | 'customer_id'>,
): boolean {
  return caller.kind === 'user' && caller.customer_id === customer.customer_id
}

/** A customer as the caller may see him: himself in full, anybody else masked. */
export function seenBy(caller: Caller, row: CustomerRow, profile: Profile | null): Told {
  return isHimself(row, caller)
    ? // How risky the bank finds him is not for him: it would tell him what is watched.
      { ...shown(row, profile), risk_category: null }
    : { ...shown(row, profile === null ? null : maskedProfile(profile)), is_masked: profile !== null }
}

/** A customer in full, for staff who gave a reason. */
export function revealed(row: CustomerRow, profile: Profile | null): Told {
  return shown(row, profile)
}

function shown(row: CustomerRow, profile: { [Field in keyof Profile]: Profile[Field] | null } | null): Told {
  return {
    customer_id: row.customer_id,
    user_id: row.user_id,
    status: row.status,
    is_masked: false,
    ...(profile ?? NOTHING),
    home_currency: row.home_currency,
    kyc_status: row.kyc_status,
    kyc_expires_on: row.kyc_expires_on,
    risk_category: row.risk_category,
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}
