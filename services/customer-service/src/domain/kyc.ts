import { Problem, type ProblemPointer, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { CustomerRow, DocumentRow } from '../tables.ts'
import { addMonths } from './calendar.ts'
import { type Actor, isOwn } from './profile.ts'

type DocumentFacts = Pick<DocumentRow, 'document_id' | 'document_type' | 'document_status' | 'expires_on'>

/** Documents that say who somebody is. */
const IDENTITY_DOCUMENTS: readonly string[] = ['ID', 'PASSPORT', 'DRIVING_LICENCE']

/** A document is good until the end of its last day. */
export function hasExpired({ expires_on }: Pick<DocumentRow, 'expires_on'>, today: string): boolean {
  return expires_on !== null && expires_on < today
}

/** Refuses documents that have expired, each by where it stood. */
export function refuseExpired(documents: readonly Pick<DocumentRow, 'expires_on'>[], today: string, at: string): void {
  const errors = documents.flatMap((document, i): ProblemPointer[] =>
    hasExpired(document, today) ? [{ pointer: at.replace('*', String(i)), detail: 'is in the past' }] : [],
  )
  if (errors.length > 0) throw new Problem(problems.DOCUMENT_EXPIRED, { errors })
}

/** Refuses a submission where one is under way or not needed. */
export function decideMaySubmit({ status, kyc_status }: Pick<CustomerRow, 'status' | 'kyc_status'>): void {
  if (status === 'ROLLED_BACK') throw new Problem(problems.CUSTOMER_ROLLED_BACK)
  if (kyc_status === 'IN_REVIEW') throw new Problem(problems.KYC_IN_REVIEW)
  if (kyc_status === 'VERIFIED') throw new Problem(problems.KYC_VERIFIED)
}

/**
 * The documents of a customer with those that he names now: what he says again about one replaces what he said before. DOCUMENT_EXISTS
 * for one that is named twice at once.
 */
export function joinedDocuments(
  known: readonly DocumentRow[],
  sent: readonly DocumentRow[],
): { named: DocumentRow[]; all: DocumentRow[] } {
  const before = new Map(known.map((document) => [document.document_id, document]))
  const named = sent.map((document) => ({
    ...document,
    expires_on: document.expires_on ?? before.get(document.document_id)?.expires_on ?? null,
  }))
  const names = new Set(named.map(({ document_id }) => document_id))
  if (names.size < named.length) throw new Problem(problems.DOCUMENT_EXISTS)
  return { named, all: [...known.filter(({ document_id }) => !names.has(document_id)), ...named] }
}

/** Refuses a submission in which nothing says who the customer is: neither what comes now nor what was given before and is still good. */
export function refuseUnidentified(documents: readonly DocumentFacts[], today: string): void {
  if (identityAmong(documents, today).length === 0) throw new Problem(problems.IDENTITY_DOCUMENT_MISSING)
}

function identityAmong(documents: readonly DocumentFacts[], today: string): DocumentFacts[] {
  return documents.filter(
    (document) =>
      IDENTITY_DOCUMENTS.includes(document.document_type) &&
      (document.document_status === 'PENDING' || document.document_status === 'VERIFIED') &&
      !hasExpired(document, today),
  )
}

/** What an officer says. */
export interface Verdict {
  decision: 'APPROVE' | 'REJECT'
  risk_category?: CustomerRow['risk_category'] | undefined
  is_final?: boolean | undefined
}

export type Decided =
  | { kyc_status: 'VERIFIED'; expires_on: string; risk_category: NonNullable<CustomerRow['risk_category']> }
  /** `is_final`: the opening is taken back. */
  | { kyc_status: 'REJECTED'; is_final: boolean }

type UnderReview = Pick<
  CustomerRow,
  'customer_id' | 'user_id' | 'status' | 'kyc_status' | 'submitted_by' | 'was_verified'
>

/** What a verdict is given on, by whom, and when. */
interface Review {
  by: Actor
  /** Who made the profile, gave the documents or changed what they vouch for. */
  preparedBy: ReadonlySet<string>
  documents: readonly DocumentFacts[]
  months: number
  today: string
}

/**
 * What an officer's verdict makes of a verification. Nobody decides about himself, or about what he handed in or prepared. Who was verified once keeps his
 * profile, whatever is said of later documents.
 */
export function decideVerdict(
  customer: UnderReview,
  verdict: Verdict,
  { by, preparedBy, documents, months, today }: Review,
): Decided {
  if (customer.status === 'ROLLED_BACK' || customer.kyc_status !== 'IN_REVIEW')
    throw new Problem(problems.NOT_IN_REVIEW)
  if (by.sub === null) throw new Problem(platformProblems.FORBIDDEN, { detail: 'A person decides, not a program' })
  if (isOwn(customer, by) || customer.submitted_by === by.sub || preparedBy.has(by.sub))
    throw new Problem(problems.OWN_KYC)
  if (verdict.decision === 'REJECT')
    return { kyc_status: 'REJECTED', is_final: (verdict.is_final ?? true) && !customer.was_verified }
  if (verdict.risk_category == null) throw new Problem(problems.RISK_CATEGORY_REQUIRED)
  const identity = identityAmong(documents, today)
  if (identity.length === 0) throw new Problem(problems.DOCUMENT_EXPIRED)
  return {
    kyc_status: 'VERIFIED',
    expires_on: goodUntil(today, months, identity),
    risk_category: verdict.risk_category,
  }
}

/** How long a verification is good: so many months, or until the first of its identity documents ends. */
function goodUntil(from: string, months: number, identity: readonly Pick<DocumentRow, 'expires_on'>[]): string {
  const ends = identity.flatMap(({ expires_on }) => expires_on ?? [])
  return [addMonths(from, months), ...ends].toSorted()[0] as string
}

/** How long the verification of another bank is good; refused when it is none of today. */
export function decideEvidence(verified_on: string, { months, today }: { months: number; today: string }): string {
  const expires_on = addMonths(verified_on, months)
  if (verified_on <= today && expires_on >= today) return expires_on
  const detail = verified_on > today ? 'is in the future' : 'is longer ago than a verification is good for'
  throw new Problem(platformProblems.VALIDATION_FAILED, { errors: [{ pointer: '/kyc_evidence/verified_on', detail }] })
}
