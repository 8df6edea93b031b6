import { setTimeout as sleep } from 'node:timers/promises'
import { freezeAccount, openAccount } from '#contracts/api/account.ts'
import { addRelation, createCustomer, decideKyc, submitKyc } from '#contracts/api/customer.ts'
import {
  addBeneficiary,
  approveTransaction,
  bookBatch,
  depositCash,
  getBatch,
  transferMoney,
  withdrawCash,
} from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Actors } from './acting.ts'
import type { Act, Day } from './acts.ts'
import type { Cast, OwnAccount } from './cast.ts'
import { idFrom } from './ids.ts'

const CURRENCY = 'EUR'
/** When a day's acts happen, in minutes after midnight. */
const MORNING = 8 * 60 + 30
const NOON = 12 * 60 + 10
const EVENING = 18 * 60 + 20
const PATIENCE_MS = 60_000
const LOOK_MS = 10
/** What a transfer of the demo bank may take; it takes a tenth of a second. */
const WAIT_MS = 30_000

export interface Stage {
  actors: Actors
  cast: Cast
  /** Moves the bank's clock to about this many minutes after the midnight that the day began with. */
  reach(day: Day, minute: number): Promise<void>
  /** Told of acts that the bank refused: the history goes on. */
  refused(act: Act, code: string): void
}

type Kind = Act['kind']
type ActOf<K extends Kind> = Extract<Act, { kind: K }>

/** Does what happens on a day: who comes, what comes in, what is sent, what goes out. Done again, it does nothing twice. */
export async function carryOut(stage: Stage, day: Day): Promise<void> {
  const of = (...kinds: readonly Kind[]): Act[] => day.acts.filter((act) => kinds.includes(act.kind))
  await stage.reach(day, MORNING)
  for (const act of of('JOIN', 'APPROVE_KYC', 'REJECT_KYC', 'OPEN_SAVINGS', 'SHARE', 'FREEZE')) await tried(stage, act)
  await Promise.all([book(stage, day, 'INCOME'), ...of('CASH_IN').map((act) => tried(stage, act))])
  await stage.reach(day, NOON)
  await Promise.all(of('TRANSFER').map((act) => tried(stage, act)))
  await stage.reach(day, EVENING)
  await Promise.all([book(stage, day, 'SPENDING'), ...of('CASH_OUT').map((act) => tried(stage, act))])
}

function isOf<K extends Kind>(act: Act, ...kinds: readonly K[]): act is ActOf<K> {
  return (kinds as readonly string[]).includes(act.kind)
}

/** A refusal is a part of life: it is told, and the day goes on. Anything else ends the day, which is done again. */
async function tried(stage: Stage, act: Act): Promise<void> {
  try {
    await perform(stage, act)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind.status >= 500) throw error
    stage.refused(act, error.kind.code)
  }
}

async function perform(stage: Stage, act: Act): Promise<void> {
  switch (act.kind) {
    case 'JOIN':
      return join(stage, act)
    case 'APPROVE_KYC':
      return approve(stage, act)
    case 'REJECT_KYC':
      return reject(stage, act)
    case 'OPEN_SAVINGS':
      return openSavings(stage, act)
    case 'SHARE':
      return share(stage, act)
    case 'FREEZE':
      return freeze(stage, act)
    case 'CASH_IN':
    case 'CASH_OUT':
      return cash(stage, act)
    case 'TRANSFER':
      return transfer(stage, act)
    case 'INCOME':
    case 'SPENDING':
      throw new Error('what comes from other banks is booked in batches')
    default:
      throw new Error(`nobody does ${act satisfies never}`)
  }
}

async function join({ actors, cast }: Stage, { person, key }: Act): Promise<void> {
  const { first_name, last_name, date_of_birth, email, phone, street, postal_code, town, country } =
    cast.personOf(person)
  const caller = cast.callerOf(person)
  const body = {
    ...{ first_name, last_name, date_of_birth, email, phone, nationality: country, home_currency: CURRENCY },
    address: { street, postal_code, town, country },
  }
  await actors.as(caller, createCustomer, { body }, { key })
  const document = {
    document_id: idFrom(`${key} document`),
    document_type: 'PASSPORT' as const,
    issuing_country: country,
  }
  const params = { customer_id: caller.customer_id as string }
  await unlessDone('KYC_IN_REVIEW', () =>
    actors.as(caller, submitKyc, {
      params,
      body: { documents: [document], occupation: 'as declared', source_of_funds: 'SALARY' },
    }),
  )
  await standing({ cast }, person, 'PENDING')
}

async function approve({ actors, cast }: Stage, { person }: Act): Promise<void> {
  const params = { customer_id: cast.callerOf(person).customer_id as string }
  const body = { decision: 'APPROVE' as const, reason: 'Passport and face agree', risk_category: 'LOW' as const }
  await unlessDone('NOT_IN_REVIEW', () => actors.as(cast.staff.officer, decideKyc, { params, body }))
  await standing({ cast }, person, 'ACTIVE')
}

async function reject({ actors, cast }: Stage, { person }: Act): Promise<void> {
  const params = { customer_id: cast.callerOf(person).customer_id as string }
  const body = { decision: 'REJECT' as const, reason: 'The document belongs to somebody else', is_final: true }
  await unlessDone('NOT_IN_REVIEW', () => actors.as(cast.staff.officer, decideKyc, { params, body }))
}

async function openSavings({ actors, cast }: Stage, { person, key }: Act): Promise<void> {
  const body = { product_id: 'easy-savings', currency: CURRENCY }
  await actors.as(cast.callerOf(person), openAccount, { body }, { key })
}

async function share({ actors, cast }: Stage, act: ActOf<'SHARE'>): Promise<void> {
  const params = { customer_id: cast.callerOf(act.person).customer_id as string }
  const related_customer_id = cast.callerOf(act.with).customer_id as string
  await unlessDone('RELATION_EXISTS', () =>
    actors.as(cast.staff.teller, addRelation, { params, body: { related_customer_id, relation: act.relation } }),
  )
}

async function freeze({ actors, cast }: Stage, { person }: Act): Promise<void> {
  const { account_id } = await mainOf({ cast }, person)
  await actors.as(cast.staff.officer, freezeAccount, {
    params: { account_id },
    body: { reason: 'Card and papers reported stolen' },
  })
}

async function cash({ actors, cast }: Stage, act: ActOf<'CASH_IN' | 'CASH_OUT'>): Promise<void> {
  const { account_id } = await mainOf({ cast }, act.person)
  const operation = act.kind === 'CASH_IN' ? depositCash : withdrawCash
  const body = { account_id, amount_cents: BigInt(act.amount_cents), currency: CURRENCY, description: act.description }
  await actors.as(cast.staff.teller, operation, { body }, { key: act.key, waitMs: WAIT_MS })
}

async function transfer(stage: Stage, act: ActOf<'TRANSFER'>): Promise<void> {
  const { actors, cast } = stage
  const source = await cast.accountOf(act.person, act.from)
  const destination = await cast.accountOf(act.to, act.to_purse)
  if (source === undefined || destination === undefined) throw new Error('an account of the demo bank is missing')
  if (act.remembers) await remember(stage, act, destination)
  const body = {
    source_account_id: source.account_id,
    destination_account_id: destination.account_id,
    amount_cents: BigInt(act.amount_cents),
    currency: CURRENCY,
    description: act.description,
  }
  const made = await actors.as(cast.callerOf(act.person), transferMoney, { body }, { key: act.key, waitMs: WAIT_MS })
  if (made.status !== 'AWAITING_APPROVAL') return
  const params = { transaction_id: made.transaction_id }
  await unlessDone('NOT_AWAITING_APPROVAL', () =>
    actors.as(cast.staff.officer, approveTransaction, { params, body: { reason: 'Invoice seen' } }),
  )
}

async function remember(
  { actors, cast }: Stage,
  act: ActOf<'TRANSFER'>,
  { account_number }: OwnAccount,
): Promise<void> {
  const payee = cast.personOf(act.to)
  const body = {
    beneficiary_type: 'INTERNAL' as const,
    name: `${payee.first_name} ${payee.last_name}`,
    account_number,
    currency: CURRENCY,
    is_favourite: true,
  }
  await unlessDone('BENEFICIARY_EXISTS', () => actors.as(cast.callerOf(act.person), addBeneficiary, { body }))
}

/** What came from or went to other banks on a day: rows that an operator sends in, each once for ever. */
async function book({ actors, cast }: Stage, day: Day, kind: 'INCOME' | 'SPENDING'): Promise<void> {
  const rows = []
  for (const act of day.acts) {
    if (!isOf(act, kind)) continue
    const { account_id } = await mainOf({ cast }, act.person)
    rows.push({
      account_id,
      direction: kind === 'INCOME' ? ('CREDIT' as const) : ('DEBIT' as const),
      amount_cents: BigInt(act.amount_cents),
      currency: CURRENCY,
      value_date: day.date,
      description: act.description,
      category: act.category,
      external_reference: act.key,
    })
  }
  if (rows.length === 0) return
  const batch_id = idFrom(`demo batch ${day.date} ${kind}`)
  await actors.as(cast.staff.operator, bookBatch, { body: { batch_id, rows } })
  await until(`batch of ${day.date}`, async () => {
    const { pending } = await actors.as(cast.staff.operator, getBatch, { params: { batch_id } })
    return pending === 0
  })
}

async function mainOf({ cast }: Pick<Stage, 'cast'>, person: number): Promise<OwnAccount> {
  const account = await cast.accountOf(person, 'main')
  if (account === undefined) throw new Error(`person ${person} of the demo bank has no account`)
  return account
}

/** Waits until the first account of a person stands like this. */
async function standing({ cast }: Pick<Stage, 'cast'>, person: number, status: string): Promise<void> {
  await until(`account of person ${person}`, async () => {
    const account = await cast.accountOf(person, 'main')
    return account?.status === status || account?.status === 'ACTIVE'
  })
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const latest = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > latest) throw new Error(`the demo bank waited too long: ${what}`)
    await sleep(LOOK_MS)
  }
}

/** An act that was done before a crash is refused by this code the second time. */
async function unlessDone(code: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Problem) || error.kind.code !== code) throw error
  }
}
