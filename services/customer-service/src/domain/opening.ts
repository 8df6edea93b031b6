import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { Profile } from '../tables.ts'
import { decideEvidence } from './kyc.ts'
import { type Actor, decideProfile, homeCurrencyOf, refuseIncomplete, type SentProfile } from './profile.ts'

/** What is asked for. */
export interface OpeningWish extends SentProfile {
  home_currency?: string | undefined
  opens_account?: boolean | undefined
  customer_id?: string | undefined
  kyc_evidence?: { reference: string; verified_on: string } | undefined
}

/** What will be written. `customer_id` null: a new one is minted. */
export interface OpeningPlan {
  customer_id: string | null
  profile: Profile
  home_currency: string
  opens_account: boolean
  /** The end of a verification that is brought along; null where KYC begins. */
  verified_until: string | null
}

/**
 * A customer makes his own profile under the id of his token; staff make one for somebody else, under a new id. Only operators, who bring
 * customers over from other banks, name an id, evidence of KYC, or leave the first account out; with evidence, what that bank did not tell is
 * left out as well.
 */
export function planOpening(
  wish: OpeningWish,
  by: Actor,
  { months, today }: { months: number; today: string },
): OpeningPlan {
  const { customer_id, kyc_evidence, opens_account } = wish
  if (!by.roles.includes('operator')) refuseOperatorsWords({ customer_id, kyc_evidence, opens_account })
  if (kyc_evidence === undefined) refuseIncomplete(wish)
  const profile = decideProfile(wish, today)
  return {
    customer_id: isForOthers(by) ? (customer_id?.toLowerCase() ?? null) : ownIdOf(by),
    profile,
    home_currency: homeCurrencyOf(wish.home_currency),
    opens_account: opens_account ?? true,
    verified_until: kyc_evidence === undefined ? null : decideEvidence(kyc_evidence.verified_on, { months, today }),
  }
}

/** True for staff at the counter; false for a customer, who makes his own profile. */
export function isForOthers({ roles }: Actor): boolean {
  return roles.includes('teller') || roles.includes('operator')
}

function ownIdOf({ customer_id }: Actor): string {
  if (customer_id === null)
    throw new Problem(platformProblems.FORBIDDEN, { detail: 'This sign-in belongs to no customer' })
  return customer_id
}

function refuseOperatorsWords(words: Readonly<Record<string, unknown>>): void {
  const errors = Object.entries(words)
    .filter(([, word]) => word !== undefined)
    .map(([name]) => ({ pointer: `/${name}`, detail: 'is for operators' }))
  if (errors.length > 0) throw new Problem(problems.OPERATORS_ONLY, { errors })
}
