import { moveSandboxClock, readSandboxClock } from '#contracts/api/ledger-days.ts'
import { closePeriod, getPeriod } from '#contracts/api/ledger-periods.ts'
import * as api from '#contracts/api/ledger-proposals.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { bearBank } from '../src/seed.ts'
import type { LedgerTest } from './ledger-test.ts'

export type Proposal = ReplyOf<typeof api.getProposal>
type Proposed = InputOf<typeof api.proposeBooking>['body']

/** Two operators: the one proposes, the other decides. */
export const ada = aStaffMember('operator')
export const ben = aStaffMember('operator')
const DAY_MS = 86_400_000
const REASON = 'looked at the papers'

/** The content of a transaction of one posting in euros. */
export function transactionOf(from: string, to: string, cents: bigint, value_date?: string) {
  return {
    business_event: 'CORRECTION',
    reference: 'REF-1',
    description: 'a correction',
    currency: 'EUR',
    postings: [{ debit: from, credit: to, amount_cents: cents }],
    ...(value_date === undefined ? {} : { value_date }),
  }
}

/** The first operator proposes. */
export async function propose(
  ledger: LedgerTest,
  body: Omit<Proposed, 'reason'> & { reason?: string },
  caller: Caller = ada,
): Promise<Proposal> {
  return (
    await ledger.call(api.proposeBooking, { body: { reason: 'a mistake of last month', ...body } }, caller, {
      key: aKey(),
    })
  ).reply
}

/** The second one decides. */
export async function decide(
  ledger: LedgerTest,
  { proposal_id }: Pick<Proposal, 'proposal_id'>,
  decision: 'approve' | 'reject' = 'approve',
  caller: Caller = ben,
): Promise<Proposal> {
  const operation = decision === 'approve' ? api.approveProposal : api.rejectProposal
  return (await ledger.call(operation, { params: { proposal_id }, body: { reason: REASON } }, caller)).reply
}

/** A proposal as it stands. */
export async function proposalAsItStands(ledger: LedgerTest, proposal_id: string): Promise<Proposal> {
  return (await ledger.call(api.getProposal, { params: { proposal_id } }, ada)).reply
}

/** Approves a proposal and waits until the ledger has done, or refused, what it says. */
export async function carryOut(ledger: LedgerTest, proposal: Proposal): Promise<Proposal> {
  await decide(ledger, proposal)
  return eventually(async () => {
    const now = await proposalAsItStands(ledger, proposal.proposal_id)
    return now.status === 'APPROVED' ? false : now
  }, 30_000)
}

/** Proposes, approves and does one thing. */
export async function proposeAndCarryOut(ledger: LedgerTest, body: Omit<Proposed, 'reason'>): Promise<Proposal> {
  return carryOut(ledger, await propose(ledger, body))
}

/** Proposes to close a period. */
export async function proposeClose(ledger: LedgerTest, period: string, caller: Caller = ada): Promise<Proposal> {
  return (await ledger.call(closePeriod, { params: { period }, body: { reason: 'the month is done' } }, caller)).reply
}

/** A period as it stands. */
export async function periodAsItStands(ledger: LedgerTest, period: string): Promise<ReplyOf<typeof getPeriod>> {
  return (await ledger.call(getPeriod, { params: { period } }, ada)).reply
}

/** Closes a period with two persons; the period as it is then. */
export async function closeWith(ledger: LedgerTest, period: string): Promise<ReplyOf<typeof getPeriod>> {
  const done = await carryOut(ledger, await proposeClose(ledger, period))
  if (done.status !== 'DONE') throw new Error(`${period} was not closed: ${done.refusal_code}`)
  return periodAsItStands(ledger, period)
}

/** The books as if they had begun on the 30th of December; `passNewYear` takes them into January, each day closed. */
export async function bornAtYearsEnd(
  ledger: LedgerTest,
): Promise<{ year: string; month: string; day: string; passNewYear(): Promise<void> }> {
  const last = new Date().getUTCFullYear() - 1
  const day = `${last}-12-30`
  const { clock, runtime } = ledger
  const setBankOffset = (clock as unknown as { setBankOffset(ms: number): void }).setBankOffset
  const daysAgo = Math.floor(clock.wall.now().getTime() / DAY_MS) - Date.parse(day) / DAY_MS
  await bearBank({ database: runtime.database, clock, profile: 'sandbox', setBankOffset }, { daysAgo })
  return {
    ...{ year: String(last), month: day.slice(0, 7), day },
    async passNewYear() {
      await ledger.call(moveSandboxClock, { body: { to: `${last + 1}-01-01T06:00:00Z` } }, anonymous)
      await eventually(async () => {
        const { moving_to } = (await ledger.call(readSandboxClock, {}, anonymous)).reply
        const open = await ledger.sql`select from end_of_day_runs where status <> 'COMPLETED'`
        return moving_to === null && open.length === 0
      }, 30_000)
    },
  }
}
