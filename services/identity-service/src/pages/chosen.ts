import { AccountAccess, type PaymentInitiation, paymentAmong } from '#contracts/grants.ts'
import type { GrantDetail } from '#libs/contract/client.ts'
import { shapeOf } from '#libs/contract/schema.ts'
import { sha256 } from '#libs/crypto/tokens.ts'
import { canonicalJson } from '#libs/json/canonical-json.ts'

/** An account that may be chosen. */
export interface ChoosableAccount {
  account_id: string
  account_number: string
  /** What its owner calls it; null for what he calls nothing. */
  nickname: string | null
  currency: string
  /** True where this customer may pay from it. */
  may_pay: boolean
  /** What can be spent from it; null where the bank could not find out now. */
  available_cents: bigint | null
}

/** What the bank itself knows of the account that is to be paid to. */
export interface KnownPayee {
  masked_name: string
}

const accountAccess = shapeOf(AccountAccess)
const DAY_MS = 86_400_000
/** How long somebody may be looked at on one consent (PSD2 RTS art. 10 asks for a strong factor every 180 days; the bank is stricter). */
export const LONGEST_DAYS = 90
/** How long a payment may be made after it was allowed. */
const PAYMENT_MS = 3_600_000

/** What is about to be allowed. The nonce makes every choice another one, even of the same accounts. */
export interface Chosen {
  client_id: string
  user_id: string
  scopes: string[]
  details: GrantDetail[]
  nonce: string
  /** What was known when it was chosen, to be shown again; not part of what is allowed. */
  seen: { payee: KnownPayee | null; accounts: ChoosableAccount[] }
}

/** What a third party asks for, sorted. */
export interface Asked {
  payment: PaymentInitiation | undefined
  accesses: AccountAccess[]
}

/** The payment and the account accesses among what is asked. */
export function askedIn(details: readonly GrantDetail[]): Asked {
  const accesses = details.flatMap((detail) =>
    accountAccess.errorsInside(detail).length === 0 ? [accountAccess.revive(detail)] : [],
  )
  return { payment: paymentAmong(details), accesses }
}

/** What was asked for, with the accounts that the customer chose; nothing else of it changes. */
export function withChoice(
  details: readonly GrantDetail[],
  { account_ids, source_account_id }: { account_ids: readonly string[]; source_account_id: string | null },
): GrantDetail[] {
  return details.map((detail) => {
    if (detail.type === 'account_access') return { ...detail, account_ids: [...account_ids] }
    return source_account_id === null ? detail : { ...detail, source_account_id }
  })
}

/** What the challenge is bound to (PSD2 RTS art. 5): base64url SHA-256 of the canonical choice. Any other account is another digest. */
export function digestOf(chosen: Chosen): string {
  return sha256(canonicalJson(withoutUndefined(chosen))).toString('base64url')
}

function withoutUndefined({ client_id, user_id, scopes, details, nonce }: Chosen): unknown {
  const present = details.map((detail) =>
    Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined)),
  )
  return { purpose: 'CONSENT', client_id, user_id, scopes, details: present, nonce }
}

/**
 * The last moment of a consent: that of what lasts longest in it. Null where a day that was asked for is over.
 */
export function endOf({ payment, accesses }: Asked, now: Date): Date | null {
  if (payment !== undefined && accesses.length === 0) return new Date(now.getTime() + PAYMENT_MS)
  const latest = now.getTime() + LONGEST_DAYS * DAY_MS
  // A day counts to its end.
  const ends = accesses.map(({ expires_on }) =>
    expires_on === undefined ? latest : Date.parse(expires_on) + DAY_MS - 1000,
  )
  const end = Math.min(latest, ...ends)
  return end <= now.getTime() ? null : new Date(end)
}
