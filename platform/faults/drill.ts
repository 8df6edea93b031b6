import { setTimeout as sleep } from 'node:timers/promises'
import { aKey } from '../testing/api.ts'
import type { BankUnderFault, Fault } from './fault.ts'
import { type Felt, feltSince, type Payment } from './journal.ts'
import { balancesOf, openOf } from './kept.ts'
import { Load } from './load.ts'
import { patiently } from './patience.ts'
import { type Payer, signInAgain } from './payers.ts'
import { firstTransfer, type Story, shortStory } from './story.ts'
import { PatientTeller, type Told } from './teller.ts'
import { type Verdict, verdictOn } from './verdict.ts'

export const TRANSFERS_PER_SECOND = 50
/** While stories are told to their end: what thirteen processes and a browser can carry on two cores. */
const BESIDE_STORIES_PER_SECOND = 5
const WARM_UP_MS = 4_000
const LOOK_MS = 250
/** Load goes on after a fault until it was seen for so long that writes succeed. */
const AFTER_MS = 5_000
/** Half of what an access token of the load lives. */
const SIGN_IN_EVERY_MS = 600_000
/** How long writes may need to succeed again once the fault is over, and sagas to end: a bound, no aim. */
const PATIENCE_MS = 120_000

/** What a fault did, and what it did not. */
export interface Outcome {
  readonly fault: string
  readonly lasted_s: number
  readonly felt: Felt
  /** Payments that nobody tried, since too many were waiting. */
  readonly untried: number
  /** Stories that were begun during the fault and after it, and how often until each passed. */
  readonly told: readonly Told[]
  /** Seconds until all that was begun before the fault's end had ended, from that end on. */
  readonly settled_s: number
  readonly verdict: Verdict
}

export interface DrillOptions<Field> {
  readonly fault: Fault<Field>
  readonly payers: readonly Payer[]
  readonly length: 'full' | 'short'
  /** Told beside the load, one after the other from the beginning of the fault on, besides the first transfer's by itself. */
  readonly stories: readonly Story[]
  /** When nobody waits for the outcome any more: nothing of it may go on beside what comes next. */
  readonly signal: AbortSignal
  /** Where it says how far it is. */
  readonly say: (line: string) => void
}

/**
 * Runs a load, does a fault to it, ends the fault, and lets the load end when all stories have passed; then judges. The first transfer's story passes before
 * (the payers prove it), is begun during the fault, and passes after it. Throws only when the drill itself could not be carried out.
 */
export async function drill<Field>(
  bank: BankUnderFault,
  field: Field,
  { fault, payers, length, stories, signal, say }: DrillOptions<Field>,
): Promise<Outcome> {
  await signInAgain(bank.api, payers)
  const name = `drill-${aKey()}`
  const before = await patiently(() => balancesOf(bank.sql, payersAccounts(payers)))
  const load = new Load({ name, gateways: bank.gateways, payers, per_second: TRANSFERS_PER_SECOND })
  const teller = new PatientTeller(say)
  let telling: Promise<unknown> = Promise.resolve()
  const renewing = setInterval(() => void signInAgain(bank.api, payers).catch(() => {}), SIGN_IN_EVERY_MS)
  signal.addEventListener('abort', () => {
    teller.stop()
    void load.stop(0)
  })
  load.start()
  try {
    await sleep(WARM_UP_MS)
    const sinceMs = performance.now()
    const allTold = Promise.all([
      teller.passed(shortStory(bank.gateways), PATIENCE_MS),
      teller.allPassed(stories, PATIENCE_MS),
    ])
    telling = allTold
    say(`${fault.name}: begins`)
    const end = await fault.begin(field)
    await sleep(fault.lasts_s[length] * 1_000)
    await end()
    const endedMs = performance.now()
    say(`${fault.name}: over after ${((endedMs - sinceMs) / 1_000).toFixed(1)} s`)
    teller.faultEnded()
    const settled = whenSettled(bank, load.journal.payments.slice(), endedMs)
    await load.nextConfirmation(PATIENCE_MS).catch(() => undefined)
    await sleep(AFTER_MS)
    load.pace(BESIDE_STORIES_PER_SECOND)
    const told = (await allTold).flat()
    const journal = await load.stop(PATIENCE_MS)
    say(`${fault.name}: ${journal.payments.length} payments, ${journal.wrong.length} wrong answers`)
    say(`${fault.name}: told ${told.map(({ name, tries }) => `${name} (${tries})`).join(', ')}`)
    const verdict = await verdictOn(bank, { name, journal, before }, PATIENCE_MS)
    say(`${fault.name}: ${verdict.completed} completed, ${verdict.violations.length} violations`)
    const after = await lastStory(bank)
    return {
      fault: fault.name,
      lasted_s: (endedMs - sinceMs) / 1_000,
      felt: feltSince(journal, sinceMs),
      untried: journal.untried,
      told,
      settled_s: await settled,
      verdict: { ...verdict, violations: [...verdict.violations, ...told.flatMap(({ failure }) => failure), ...after] },
    }
  } finally {
    clearInterval(renewing)
    teller.stop()
    await load.stop(0)
    await telling
  }
}

/** Looks until these payments are confirmed and have ended; how many seconds after the fault's end. Infinite when that takes too long. */
async function whenSettled({ sql }: BankUnderFault, payments: readonly Payment[], endedMs: number): Promise<number> {
  while (performance.now() < endedMs + PATIENCE_MS) {
    const open = await openOf(sql, payments).catch(() => 1)
    if (open === 0) return (performance.now() - endedMs) / 1_000
    await sleep(LOOK_MS)
  }
  return Number.POSITIVE_INFINITY
}

async function lastStory({ gateways }: BankUnderFault): Promise<string[]> {
  try {
    await patiently(() => firstTransfer(gateways[0] as string))
    return []
  } catch (error) {
    return [`the first transfer does not pass when all is over: ${String(error)}`]
  }
}

function payersAccounts(payers: readonly Payer[]): string[] {
  return payers.map(({ account_id }) => account_id)
}
