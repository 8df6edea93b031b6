import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { ProposalKind, ProposalRow, ProposalStatus } from '../tables.ts'

/** What a proposal waits for a second person. */
const WAITS_MS = 7 * 86_400_000
/** The name that the ledger books under when it carries out what was approved. */
const OWN_NAME = 'ledger-service'
const ADJUSTMENT_STEP = 'adjustment'
const CLOSING_STEP = 'closing_'

/** The step that is booked for a proposal: with the proposal's id it is the key, so however often it is carried out, it is booked once. */
export function stepOf(kind: ProposalKind): string {
  return kind === 'ADJUSTMENT' ? ADJUSTMENT_STEP : 'approved'
}

/** The step of the closing entries of one currency, which may need several transactions and several rounds. */
export function closingStepOf(currency: string, { part, round }: { part: number; round: number }): string {
  const first = `${CLOSING_STEP}${currency.toLowerCase()}_${lettersOf(part)}`
  return round === 1 ? first : `${first}_${lettersOf(round - 1)}`
}

/** What the closing entries of years are known by in the journal, whatever others call what they book. */
export const CLOSING_MARK = { source: OWN_NAME, step_begins: CLOSING_STEP } as const

/** A number in letters, which is all that a step is made of: a, b, …, z, ba, … */
function lettersOf(number: number): string {
  const letter = String.fromCharCode('a'.charCodeAt(0) + (number % 26))
  return number < 26 ? letter : lettersOf(Math.floor(number / 26)) + letter
}

/** True for what goes into a closed period: nobody else books under the ledger's own name, and it only books what a second person approved. */
export function passesClosing(source: string | null, step: string): boolean {
  return source === OWN_NAME && (step === ADJUSTMENT_STEP || isClosingEntry(source, step))
}

/** True for the closing entries of a year. */
export function isClosingEntry(source: string | null, step: string): boolean {
  return source === OWN_NAME && step.startsWith(CLOSING_STEP)
}

/** The approved adjustment that a booking is; null for all others. */
export function adjustmentOf(source: string | null, step: string, transaction_id: string): string | null {
  return source === OWN_NAME && step === ADJUSTMENT_STEP ? transaction_id : null
}

/** When a proposal that is made now has waited long enough. */
export function expiryOf(proposed_at: Date): Date {
  return new Date(proposed_at.getTime() + WAITS_MS)
}

/** The part of the body that a kind needs. One that lacks it, or has the other, is refused with its place. */
export function requireContent<T, H>(
  kind: 'TRANSACTION' | 'HOLD' | 'ADJUSTMENT',
  { transaction, hold }: { transaction?: T; hold?: H },
): T | H {
  const [needed, other] = kind === 'HOLD' ? (['hold', 'transaction'] as const) : (['transaction', 'hold'] as const)
  const content = { transaction, hold }
  if (content[needed] !== undefined && content[other] === undefined) return content[needed] as T | H
  const errors = [
    ...(content[needed] === undefined ? [{ pointer: `/${needed}`, detail: `is required for ${kind}` }] : []),
    ...(content[other] === undefined ? [] : [{ pointer: `/${other}`, detail: `has no place in ${kind}` }]),
  ]
  throw new Problem(problems.PROPOSAL_INCOMPLETE, { errors })
}

/**
 * The month that a proposed transaction is an adjustment of, `YYYY-MM`; null for one that is none. An adjustment needs a value date in a closed
 * period (PERIOD_OPEN), a transaction one in an open one (PERIOD_CLOSED).
 */
export function periodOfProposal(
  kind: ProposalKind,
  value_date: string | undefined,
  closed_through: string | null,
): string | null {
  const is_closed = value_date !== undefined && closed_through !== null && value_date <= closed_through
  if (kind === 'ADJUSTMENT') {
    if (!is_closed) throw new Problem(problems.PERIOD_OPEN)
    return value_date.slice(0, 7)
  }
  if (is_closed)
    throw new Problem(problems.PERIOD_CLOSED, {
      detail: `The books are closed up to ${closed_through}: propose an adjustment`,
      extra: { value_date, closed_through },
    })
  return null
}

/** The proposal and the person, where this person may decide about it: it waits, and is not their own (four eyes). */
export function decideSecondPerson(
  row: ProposalRow | undefined,
  { by, now }: { by: string | null; now: Date },
): { row: ProposalRow; by: string } {
  if (row === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
  if (by === null || by === row.proposed_by) throw new Problem(problems.OWN_PROPOSAL)
  requirePending(row, now)
  return { row, by }
}

/** The proposal, where this person may take it back: it waits, and is their own. Others are told of none. */
export function decideWithdrawal(
  row: ProposalRow | undefined,
  { by, now }: { by: string | null; now: Date },
): { row: ProposalRow; by: string } {
  if (row === undefined || by === null || by !== row.proposed_by) throw new Problem(problems.PROPOSAL_NOT_FOUND)
  requirePending(row, now)
  return { row, by }
}

function requirePending({ status, expires_at }: ProposalRow, now: Date): void {
  const present: ProposalStatus = status === 'PENDING' && expires_at <= now ? 'EXPIRED' : status
  if (present !== 'PENDING')
    throw new Problem(problems.NOT_PENDING, { detail: `It is ${present}`, extra: { proposal_status: present } })
}
