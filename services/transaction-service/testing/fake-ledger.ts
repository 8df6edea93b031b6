import type { Static } from 'typebox'
import {
  getHold,
  type Hold,
  type LedgerTransaction,
  placeHold,
  postTransaction,
  releaseHold,
  reverseTransaction,
} from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'

type Booked = Static<typeof LedgerTransaction>
type Held = Static<typeof Hold>
type Step = 'hold' | 'post' | 'release' | 'reverse'

/** A ledger of a few lines: balances, holds, and the memory of every step that it was asked for. */
export interface FakeLedger {
  balances: Map<string, bigint>
  holds: Map<string, Held>
  booked: Map<string, Booked>
  /** The most that may leave an account at once, where there is a limit. */
  limits: Map<string, bigint>
  /** How often each step was asked for, repetitions included. */
  asked: Record<Step, number>
  /** From now on the ledger does what it is asked, but its answers are lost, until `mend`. */
  loseAnswers(step: Step): void
  /** From now on the ledger is away, until `mend`. */
  goAway(step: Step): void
  /** From now on the ledger refuses what it is asked in a way that its contract does not name, until `mend`. */
  misunderstand(step: Step): void
  mend(): void
  /** What may still be spent of an account. */
  available(account_id: string): bigint
  total(): bigint
}

/** Plays ledger-service for a test. A step that was asked for twice is done once and answered the same, refusals included. */
export function playLedger(bank: ServiceTest): FakeLedger {
  const verdicts = new Map<string, Held | Booked | Problem>()
  const away = new Set<Step>()
  const lossy = new Set<Step>()
  const confused = new Set<Step>()
  const ledger: FakeLedger = {
    balances: new Map(),
    holds: new Map(),
    booked: new Map(),
    asked: { hold: 0, post: 0, release: 0, reverse: 0 },
    limits: new Map(),
    loseAnswers: (step) => void lossy.add(step),
    goAway: (step) => void away.add(step),
    misunderstand: (step) => void confused.add(step),
    mend: () => {
      confused.clear()
      away.clear()
      lossy.clear()
    },
    available: (account_id) =>
      [...ledger.holds.values()]
        .filter((hold) => hold.ledger_account_id === account_id && hold.status === 'ACTIVE')
        .reduce((rest, hold) => rest - hold.amount_cents, ledger.balances.get(account_id) ?? 0n),
    total: () => [...ledger.balances.values()].reduce((sum, balance) => sum + balance, 0n),
  }
  const once = <Reply extends Held | Booked>(
    body: { transaction_id: string; step: string },
    act: () => Reply,
  ): Reply => {
    const step = body.step as Step
    ledger.asked[step] += 1
    if (away.has(step)) throw new Fault('the ledger is away')
    if (confused.has(step)) throw refused('VALIDATION_FAILED')
    const key = `${body.transaction_id} ${step}`
    if (!verdicts.has(key)) verdicts.set(key, verdictOf(act))
    if (lossy.has(step)) throw new Fault('the answer was lost')
    const verdict = verdicts.get(key) as Reply | Problem
    if (verdict instanceof Problem) throw verdict
    return verdict
  }
  bank.peer(placeHold, ({ body }) => once(body, () => hold(ledger, body)))
  bank.peer(postTransaction, ({ body }) => once(body, () => post(ledger, body)))
  bank.peer(getHold, ({ params }) => ledger.holds.get(params.hold_id) ?? refuse('HOLD_NOT_FOUND'))
  bank.peer(reverseTransaction, ({ params, body }) => once(body, () => reverse(ledger, params, body)))
  bank.peer(releaseHold, ({ params, body }) => once(body, () => release(ledger, params.hold_id)))
  return ledger
}

function verdictOf<Reply>(act: () => Reply): Reply | Problem {
  try {
    return act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function refuse(code: string): never {
  throw refused(code)
}

function refused(code: string): Problem {
  return new Problem({ code, status: 422, title: code })
}

function hold(
  ledger: FakeLedger,
  body: { transaction_id: string; ledger_account_id: string; amount_cents: bigint; currency: string },
): Held {
  const { transaction_id, ledger_account_id, amount_cents, currency } = body
  if (ledger.available(ledger_account_id) < amount_cents) throw refused('INSUFFICIENT_FUNDS')
  if (isAboveLimit(ledger, ledger_account_id, amount_cents)) throw refused('LIMIT_EXCEEDED')
  const at = new Date().toISOString()
  const held: Held = {
    ...{ hold_id: newId(), ledger_account_id, transaction_id, amount_cents, currency },
    ...{ captured_cents: 0n, status: 'ACTIVE' as const, expires_at: at, placed_at: at },
  }
  ledger.holds.set(held.hold_id, held)
  return held
}

function isAboveLimit(ledger: FakeLedger, account_id: string, amount_cents: bigint): boolean {
  const limit = ledger.limits.get(account_id)
  return limit !== undefined && amount_cents > limit
}

interface Posting {
  debit: string
  credit: string
  amount_cents: bigint
}

function post(
  ledger: FakeLedger,
  body: {
    transaction_id: string
    business_event: string
    reference: string
    description: string
    currency: string
    postings: Posting[]
    value_date?: string
    hold_id?: string
    is_limited?: boolean
  },
): Booked {
  const { transaction_id, business_event, reference, description, currency, postings, hold_id } = body
  const held = hold_id === undefined ? undefined : ledger.holds.get(hold_id)
  if (hold_id !== undefined && held?.status !== 'ACTIVE') throw refused('HOLD_NOT_ACTIVE')
  if (held !== undefined) held.status = 'CAPTURED'
  for (const { debit, amount_cents } of postings)
    if (isAccount(debit) && ledger.available(debit) < amount_cents) throw refused('INSUFFICIENT_FUNDS')
  for (const { debit, amount_cents } of postings)
    if (body.is_limited === true && isAboveLimit(ledger, debit, amount_cents)) throw refused('LIMIT_EXCEEDED')
  for (const { debit, credit, amount_cents } of postings) {
    ledger.balances.set(debit, (ledger.balances.get(debit) ?? 0n) - amount_cents)
    ledger.balances.set(credit, (ledger.balances.get(credit) ?? 0n) + amount_cents)
  }
  const booked: Booked = {
    ...{ ledger_transaction_id: newId(), transaction_id, business_event, reference, description, currency },
    postings: postings.map(({ debit, credit, amount_cents }) => ({
      ...{ debit_account_id: debit, credit_account_id: credit, amount_cents },
    })),
    ...{
      value_date: body.value_date ?? '2026-01-02',
      business_date: '2026-01-02',
      booked_at: new Date().toISOString(),
    },
    ...{ hold_id: hold_id ?? null, reversal_of: null, reversed_by: null },
  }
  ledger.booked.set(transaction_id, booked)
  return booked
}

/** The opposite of what was booked, once. */
function reverse(
  ledger: FakeLedger,
  params: { ledger_transaction_id: string },
  body: { transaction_id: string; reason: string },
): Booked {
  const original = [...ledger.booked.values()].find(
    (booked) => booked.ledger_transaction_id === params.ledger_transaction_id,
  )
  if (original === undefined) throw refused('LEDGER_TRANSACTION_NOT_FOUND')
  if (original.reversed_by !== null) throw refused('ALREADY_REVERSED')
  const postings = original.postings.map(({ debit_account_id, credit_account_id, amount_cents }) => ({
    ...{ debit: credit_account_id, credit: debit_account_id, amount_cents },
  }))
  const { reference, currency } = original
  const about = { transaction_id: body.transaction_id, business_event: 'REVERSAL', description: body.reason }
  const booked = post(ledger, { ...about, reference, currency, postings })
  booked.reversal_of = original.ledger_transaction_id
  original.reversed_by = booked.ledger_transaction_id
  return booked
}

function release(ledger: FakeLedger, hold_id: string): Held {
  const held = ledger.holds.get(hold_id)
  if (held === undefined) throw refused('HOLD_NOT_FOUND')
  if (held.status === 'ACTIVE') held.status = 'RELEASED'
  return held
}

function isAccount(code: string): boolean {
  return code.includes('-')
}
