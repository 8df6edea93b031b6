import type { Capability } from '#contracts/enums.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Route } from '#libs/http/openapi.ts'
import { type NewPerson, PASSWORD, type Reply } from './api.ts'
import type { GeneratedRequest } from './generated-requests.ts'
import { NOTHING, type Secrets } from './rich-customer.ts'

/** Requests that the generator cannot guess, with the reason. */
export const SPECIAL: Readonly<Record<string, Record<string, unknown>>> = {
  // One answer, though there are several ways to give it.
  answerStepUp: { password: PASSWORD },
  verifyFactor: { challenge_id: NOTHING, code: '123456' },
  verifyFactorWeb: { challenge_id: NOTHING, code: '123456' },
  // A moment or a number of seconds, never both.
  moveSandboxClock: { advance_s: 1 },
  // The branch is for staff, who are no rightful callers of the rest.
  updateAccount: { nickname: 'Rainy days' },
  // What is proposed is of the kind that it says.
  proposeBooking: {
    kind: 'TRANSACTION',
    reason: 'A fee that was forgotten',
    transaction: {
      ...{ business_event: 'CORRECTION', reference: 'fee', description: 'A fee that was forgotten', currency: 'EUR' },
      postings: [{ debit: 'CASH', credit: 'FEE_INCOME', amount_cents: 1 }],
    },
  },
}
/** Nobody's rights are asked below the gateway's and the libraries' own refusals. */
const NOT_LET_IN = ['VALIDATION_FAILED', 'MALFORMED_JSON', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED']

/** What is wrong with an answer, if anything is. */
export type Wrong = string | false | undefined
export type Row = 'anyone' | 'owned' | 'self' | 'staff' | 'services'

/** What the contract's access row makes of an operation. */
export function rowOf({ access }: Operation): Row {
  if (access.anyone === true) return 'anyone'
  if (access.owner !== undefined) return 'owned'
  if (access.signedIn === true || access.roles?.includes('customer') === true) return 'self'
  return access.roles === undefined ? 'services' : 'staff'
}

export interface Helper extends NewPerson {
  who: string
  capabilities: readonly Capability[]
  on: readonly ('account' | 'savings')[]
}

/** Ids by which a delegate of an account may come in; a customer's profile and payees are nobody else's. */
const OF_AN_ACCOUNT = [
  'account_id',
  'source_account_id',
  'ledger_account_id',
  'transaction_id',
  'ledger_transaction_id',
  'entry_id',
]

export function may(
  { capabilities, on }: Helper,
  { access: { owner } }: Operation,
  target: 'account' | 'savings',
): boolean {
  if (owner === undefined) return false
  const { id, capability = 'view' } = typeof owner === 'string' ? { id: owner } : owner
  return OF_AN_ACCOUNT.includes(id) && on.includes(target) && capabilities.includes(capability)
}

/** Let in: it was done, or refused for what it asks and not for who asks. */
export function isLetIn({ status, body }: Reply): boolean {
  return status < 500 && !NOT_LET_IN.includes(body?.code) && (status !== 404 || body?.code === 'CLOSING_NOT_FOUND')
}

export function isRefusedWrongly({ status, body }: Reply): boolean {
  return status >= 500 || ['UNAUTHENTICATED', 'VALIDATION_FAILED', 'RATE_LIMITED'].includes(body?.code)
}

/** Which of the secrets an answer tells that the request did not say itself. */
export function toldOf(reply: Reply, sent: GeneratedRequest, secrets: Secrets): string | undefined {
  const said = valuesIn([decodeURIComponent(sent.path), sent.body])
  const told = valuesIn(reply.body)
  const found = secrets.filter((secret) => holds(told, secret) && !holds(said, secret))
  return found.length === 0 ? undefined : `tells ${found.join(', ')}`
}

function holds(values: readonly unknown[], secret: string | number): boolean {
  return values.some((value) =>
    typeof secret === 'number' ? value === secret : typeof value === 'string' && value.includes(secret),
  )
}

function valuesIn(value: unknown): unknown[] {
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(valuesIn) : [value]
}

export function answerOf({ status, body }: Reply): string {
  return `answered ${status} ${JSON.stringify(body)?.slice(0, 300)}`
}

/** What ends the caller's own session, each with a session of its own and at the end; and what ends hers after that, when it is done by its rightful caller. */
export const ENDS_OWN = ['signOutWeb', 'logout']
export const ENDS_HERS = ['changeRoles', 'deactivateUser']
/** What an account is frozen and closed after, and a factor enrolled anew. */
const FIRST = ['transferMoney', 'cancelTransaction', 'confirmTotp', 'trustBeneficiary']

/** The order of requests by one caller: looks, what needs open accounts, the rest, and what ends sessions. */
export function placeOf({ operation: { id, method } }: Route, last: readonly string[]): number {
  if (method === 'GET') return -2
  return FIRST.includes(id) ? -1 : [...ENDS_OWN, ...last].indexOf(id) + 1
}
