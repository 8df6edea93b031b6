import { isCurrency } from '#libs/money/currencies.ts'
import { Problem, type ProblemKind } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { Address, CustomerRow, Profile } from '../tables.ts'
import { birthdayAfter } from './calendar.ts'
import { COUNTRY_CODES } from './countries.ts'

const LEAST_AGE = 18
const EARLIEST_BIRTH = '1900-01-01'

/** Who acts on profiles. */
export interface Actor {
  sub: string | null
  customer_id: string | null
  roles: readonly string[]
}

/** A profile as it is sent: what is left out is not known. */
export interface SentProfile {
  first_name: string
  last_name: string
  date_of_birth?: string | undefined
  email?: string | undefined
  phone?: string | null | undefined
  nationality?: string | null | undefined
  address?: SentAddress | undefined
}

type SentAddress = Omit<Address, 'building' | 'region'> & { building?: string | undefined; region?: string | undefined }

/** The names of what can be changed. */
export const PROFILE_FIELDS = [
  'first_name',
  'last_name',
  'date_of_birth',
  'email',
  'phone',
  'nationality',
  'address',
] as const satisfies readonly (keyof Profile)[]
export type ProfileField = (typeof PROFILE_FIELDS)[number]

/** What a verification vouches for. */
const IDENTITY: readonly ProfileField[] = ['first_name', 'last_name', 'date_of_birth']
const CONTACT: readonly ProfileField[] = ['email', 'phone', 'address']

/** What nobody becomes a customer without, unless another bank vouches for him. */
const NEEDED = ['date_of_birth', 'email', 'address'] as const

/** Refuses a profile that lacks what a customer must say of himself, by the name of each field. */
export function refuseIncomplete(sent: SentProfile): void {
  const errors = NEEDED.filter((field) => sent[field] === undefined).map((field) => ({
    pointer: `/${field}`,
    detail: 'is missing',
  }))
  if (errors.length > 0) throw new Problem(problems.PROFILE_INCOMPLETE, { errors })
}

/** The profile of a new customer, checked against the date of the books. */
export function decideProfile(sent: SentProfile, today: string): Profile {
  const profile: Profile = {
    first_name: sent.first_name,
    last_name: sent.last_name,
    date_of_birth: sent.date_of_birth ?? null,
    email: sent.email ?? null,
    phone: sent.phone ?? null,
    nationality: sent.nationality ?? null,
    address: sent.address === undefined ? null : wholeAddress(sent.address),
  }
  refuseWrong(profile, today)
  return profile
}

/** Refuses who is too young or not yet born on a day of the books, and countries that do not exist. */
function refuseWrong({ date_of_birth, nationality, address }: Profile, today: string): void {
  if (date_of_birth !== null) {
    if (date_of_birth > today || date_of_birth < EARLIEST_BIRTH)
      throw wrongBirthday(problems.DATE_OF_BIRTH_WRONG, `must be from ${EARLIEST_BIRTH} to ${today}`)
    if (birthdayAfter(date_of_birth, LEAST_AGE) > today)
      throw wrongBirthday(problems.TOO_YOUNG, `must be at least ${LEAST_AGE} years before ${today}`)
  }
  refuseUnknownCountries({ '/nationality': nationality, '/address/country': address?.country })
}

function wrongBirthday(kind: ProblemKind, detail: string): Problem {
  return new Problem(kind, { errors: [{ pointer: '/date_of_birth', detail }] })
}

/** Refuses codes of no country, each by where it stood. */
export function refuseUnknownCountries(codes: Readonly<Record<string, string | null | undefined>>): void {
  const errors = Object.entries(codes)
    .filter(([, code]) => code != null && !COUNTRY_CODES.has(code))
    .map(([pointer]) => ({ pointer, detail: 'is no country of ISO 3166' }))
  if (errors.length > 0) throw new Problem(problems.COUNTRY_UNKNOWN, { errors })
}

/** The currency of the first account: the euro unless said. */
export function homeCurrencyOf(wished: string | undefined): string {
  const currency = wished ?? 'EUR'
  if (!isCurrency(currency))
    throw new Problem(problems.CURRENCY_UNKNOWN, {
      errors: [{ pointer: '/home_currency', detail: 'is no currency of ISO 4217' }],
    })
  return currency
}

/** A profile after a change, and which fields have another value. */
export interface ProfileChange {
  profile: Profile
  updated_fields: ProfileField[]
  change_type: 'IDENTITY' | 'CONTACT' | 'PROFILE'
  /** True when what was verified, or is being looked at, is another now: KYC starts again. */
  restartsKyc: boolean
}

type KycStanding = Pick<CustomerRow, 'kyc_status' | 'was_verified'>

/** What a change makes of a profile. The customer himself may not change what is verified or under review; staff may, and KYC starts again. */
export function decideChange(
  before: Profile,
  sent: Partial<SentProfile>,
  { standing, isHimself, today }: { standing: KycStanding; isHimself: boolean; today: string },
): ProfileChange {
  const profile: Profile = { ...before }
  const updated_fields: ProfileField[] = []
  for (const field of PROFILE_FIELDS) {
    if (sent[field] === undefined) continue
    const value = field === 'address' ? wholeAddress(sent.address as SentAddress) : sent[field]
    if (sameValue(before[field], value)) continue
    Object.assign(profile, { [field]: value })
    updated_fields.push(field)
  }
  if (updated_fields.length === 0) throw new Problem(problems.NOTHING_TO_CHANGE)
  const isIdentity = updated_fields.some((field) => IDENTITY.includes(field))
  if (isIdentity && isHimself && isVouchedFor(standing)) throw new Problem(problems.VERIFIED_FIELDS)
  refuseWrong(profile, today)
  const isContact = updated_fields.some((field) => CONTACT.includes(field))
  const restartsKyc = isIdentity && ['IN_REVIEW', 'VERIFIED', 'EXPIRED'].includes(standing.kyc_status)
  return {
    profile,
    updated_fields,
    change_type: isIdentity ? 'IDENTITY' : isContact ? 'CONTACT' : 'PROFILE',
    restartsKyc,
  }
}

/** True when the bank has verified the name, or is about to. */
function isVouchedFor({ kyc_status, was_verified }: KycStanding): boolean {
  return was_verified || kyc_status === 'IN_REVIEW'
}

function wholeAddress({ building = '', region = '', ...address }: SentAddress): Address {
  const { street, postal_code, town, country } = address
  return { street, building, postal_code, town, region, country }
}

function sameValue(before: Profile[ProfileField], after: unknown): boolean {
  if (before === null || typeof before === 'string') return before === after
  return Object.entries(before).every(([part, value]) => (after as Record<string, unknown>)[part] === value)
}

/** True when the profile is the caller's own: by his token's customer, or because he signs in as its user. */
export function isOwn(customer: Pick<CustomerRow, 'customer_id' | 'user_id'>, { customer_id, sub }: Actor): boolean {
  return customer.customer_id === customer_id || (customer.user_id !== null && customer.user_id === sub)
}
