import { hash } from 'node:crypto'
import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import type { Clock } from '#libs/clock/clock.ts'
import { rootOf } from '#libs/merkle/tree.ts'
import { type Mention, type Position, readMentions } from '#libs/outbox/event-log.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import { SEAL_VERSION, type SealedTransaction, type SealFields, sealHash } from '../../proofs/texts.ts'
import { grow } from './grow.ts'
import { type Head, readHead } from './head.ts'
import { type Movement, movementsOf } from './movements.ts'
import { readTransactions } from './sealed-transactions.ts'
import { writeHorizon, writeSeal } from './write-seal.ts'

/** Events that one pass reads, and so transactions of a seal, at most. */
const EVENTS_AT_ONCE = 2_000
/** The horizon moves on its own when there is nothing to seal, this often by the wall clock. */
const HORIZON_EVERY_MS = 1_000
/** Accounts that wait to be compared with their entries, at most. */
const TOUCHED_AT_MOST = 500
/** Postings of a seal whose accounts are noted, at most: those of all would be much work where a few accounts are used again and again. */
const NOTED_AT_MOST = 500
const POSTED = ledgerTransactionPosted.type

type EventPage = Awaited<ReturnType<typeof readMentions>>

/** What this process knows of the sealer: an optimisation, checked against the stored row whenever something is sealed. */
export interface Sealing {
  head: Head | undefined
  /** Up to where events were looked at; beyond the head they were of other kinds. */
  seen: Position | undefined
  /** The line of the chart of accounts that were met lately. */
  readonly glCodes: Map<string, string>
  /** Accounts that were sealed since they were last compared with their entries, and those whose difference was told. */
  readonly touched: Set<string>
  readonly told: Set<string>
  horizon_written_ms: number
  /** When the newest seal is to be signed at the latest. */
  checkpoint_due_ms: number | undefined
  /** The pass under way, if any: this process makes one at a time. */
  pass: Promise<PassResult> | undefined
}

/** MORE: something was sealed or passed, and there may be more. IDLE: nothing was there. TAKEN: another instance was quicker, or is at it. */
export type PassResult = 'MORE' | 'IDLE' | 'TAKEN'

export interface SealContext {
  readonly database: Database
  readonly clock: Clock
  readonly own: { readonly sealing: Sealing }
}

/** What a process starts with. */
export function newSealing(): Sealing {
  return {
    head: undefined,
    seen: undefined,
    glCodes: new Map(),
    touched: new Set(),
    told: new Set(),
    horizon_written_ms: 0,
    checkpoint_due_ms: undefined,
    pass: undefined,
  }
}

/**
 * Seals what was booked since the last seal and has its position, at most one seal of one business day. Two instances may try at once: the row
 * of the sealer is locked by one, and the other finds it moved on.
 */
export async function sealOnce(context: SealContext): Promise<PassResult> {
  const { sealing } = context.own
  while (sealing.pass !== undefined) await sealing.pass.catch(() => {})
  sealing.pass = onePass(context)
  try {
    return await sealing.pass
  } catch (error) {
    sealing.head = undefined
    throw error
  } finally {
    sealing.pass = undefined
  }
}

async function onePass(context: SealContext): Promise<PassResult> {
  const { database, clock, own } = context
  const { sealing } = own
  if (sealing.head === undefined) {
    sealing.head = await readHead(database.app)
    sealing.seen = sealing.head.position
  }
  const { head } = sealing
  const now = clock.bank.now()
  const page = await readMentions(database.app, sealing.seen ?? head.position, EVENTS_AT_ONCE, POSTED)
  if (page.mentions.length === 0) return pass(context, head, page, now)
  const sealed = await database.transact(async (tx) => {
    if (!(await isStillAt(tx, head))) return undefined
    return seal(tx, context, head, page)
  })
  sealing.head = sealed
  sealing.seen = sealed?.position
  return sealed === undefined ? 'TAKEN' : 'MORE'
}

/** Nothing to seal: says so now and then, so that the present is answered for. */
async function pass(
  { database, clock, own }: SealContext,
  head: Head,
  page: EventPage,
  now: Date,
): Promise<PassResult> {
  const { sealing } = own
  sealing.seen = page.upTo
  if (page.more) return 'MORE'
  const wall_ms = clock.wall.now().getTime()
  // Without a seal there is nothing to know, and a bank that has booked nothing may still be put into the past.
  if (head.seal_no === 0) return 'IDLE'
  if (wall_ms - sealing.horizon_written_ms < HORIZON_EVERY_MS && !head.is_catching_up) return 'IDLE'
  sealing.horizon_written_ms = wall_ms
  const isMine = await writeHorizon(database.app, head, { horizon: now, position: page.upTo })
  sealing.head = isMine ? { ...head, position: page.upTo, is_catching_up: false } : undefined
  return isMine ? 'IDLE' : 'TAKEN'
}

async function isStillAt(tx: Tx, head: Head): Promise<boolean> {
  const [state] = await tx<{ is_same: boolean }[]>`
    select seal_no = ${head.seal_no} and epoch = ${head.position.epoch} and position = ${head.position.position} as is_same
    from seal_state for update skip locked`
  return state?.is_same ?? false
}

async function seal(tx: Tx, { clock, own }: SealContext, head: Head, page: EventPage): Promise<Head> {
  const found = await readTransactions(
    tx,
    page.mentions.map((mention) => mention.subject),
  )
  const { transactions, position } = ofOneDay(page, found)
  const [horizon] = await tx<{ horizon: Date | null }[]>`select horizon from seal_state`
  // It rises strictly, so that whoever asked what was known at the horizon is told the same for ever.
  const sealed_at = new Date(Math.max(clock.bank.now().getTime(), (horizon?.horizon?.getTime() ?? 0) + 1))
  const { tree, tiles, hashes, entry_counts } = await grow(head.tree, transactions)
  const fields: SealFields = {
    first_leaf: head.tree.size,
    leaf_count: tree.size - head.tree.size,
    leaves_hash: hash('sha256', hashes),
    previous_hash: head.hash,
    root_hash: rootOf(tree).toString('hex'),
    seal_no: head.seal_no + 1,
    sealed_at: sealed_at.toISOString(),
    version: SEAL_VERSION,
  }
  const transaction_ids = transactions.map((one) => one.ledger_transaction_id)
  const through_id = transaction_ids.reduce((last, id) => (id > last ? id : last), head.through_id)
  const movements: Movement[] = await movementsOf(tx, own.sealing.glCodes, transactions)
  noteTouched(own.sealing.touched, transactions)
  const next: Head = {
    seal_no: fields.seal_no,
    hash: sealHash(fields),
    through_id,
    tree,
    position,
    horizon_ms: sealed_at.getTime(),
    is_catching_up: head.is_catching_up,
  }
  const business_date = (transactions[0] as SealedTransaction).business_date
  await writeSeal(tx, { fields, next, transaction_ids, entry_counts, hashes, tiles, movements, business_date })
  return next
}

/** Notes accounts that were used while there is room for them, and work for it; the others are left to the nightly comparison. */
function noteTouched(touched: Set<string>, transactions: readonly SealedTransaction[]): void {
  let postings = 0
  for (const { debit_account_ids, credit_account_ids } of transactions) {
    for (const ids of [debit_account_ids, credit_account_ids])
      for (const id of ids) if (touched.size < TOUCHED_AT_MOST) touched.add(id)
    postings += debit_account_ids.length
    if (touched.size >= TOUCHED_AT_MOST || postings >= NOTED_AT_MOST) return
  }
}

/** The first transactions of a page that are of one business day, and where they end. */
function ofOneDay(page: EventPage, found: readonly (SealedTransaction | undefined)[]) {
  const transactions: SealedTransaction[] = []
  for (const [i, transaction] of found.entries()) {
    invariant(transaction !== undefined, `transaction ${page.mentions[i]?.subject} was told, but is not in the journal`)
    if (transactions[0] !== undefined && transaction.business_date !== transactions[0].business_date) {
      const { position } = page.mentions[i - 1] as Mention
      return { transactions, position: { epoch: page.upTo.epoch, position } }
    }
    transactions.push(transaction)
  }
  return { transactions, position: page.upTo }
}
