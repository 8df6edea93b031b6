import type { Caller, GrantDetail } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'

/** A third party that acts for a customer by a consent of its own, with what was confirmed in it. */
export function aThirdParty(customer: Caller, details: readonly GrantDetail[], known: Partial<Caller> = {}): Caller {
  const grant = {
    kind: 'third_party' as const,
    scopes: ['payment_initiation', 'account_information'],
    consent_id: newId(),
    details,
  }
  return { ...customer, session_id: newId(), client_id: 'shop', amr: ['pwd', 'otp'], acr: '3', grant, ...known }
}

/** A business customer's key. */
export function aKeyOf(
  customer: Caller,
  details: readonly GrantDetail[] = [],
  limits: { max_amount_cents: number; max_day_cents: number } = { max_amount_cents: 1e9, max_day_cents: 1e9 },
): Caller {
  const scopes = ['payments', 'payment_initiation', 'account_information']
  return {
    ...customer,
    session_id: newId(),
    amr: [],
    grant: { kind: 'api_key', scopes, consent_id: null, details: [...details, { type: 'api_key_limits', ...limits }] },
  }
}
