import { dropAfterCommit } from '#libs/cache/after-commit.ts'
import type { Trace } from '#libs/contract/client.ts'
import type { NewEvent } from '#libs/contract/event.ts'
import type { Id } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import { announcementsOf } from '../announcements.ts'
import { advance, type Happening, isEnd, isSettled } from '../domain/states.ts'
import { pendingKey } from '../pending.ts'
import type { TransactionEventRow, TransactionRow } from '../tables.ts'
import { rememberPayments } from './payees.ts'
import { moveSearchDays } from './search-rows.ts'
import { streamOf } from './stream.ts'
import { transactionColumns } from './transactions.ts'

/** Something that happened to one transaction, in the act that it belongs to (the transaction's own when none is given). */
export interface Happened {
  transaction_id: Id
  happening: Happening
  trace?: Trace
}

/**
 * Locks transactions in the order of their ids, so that two batches never wait for each other in a circle. A plan that was made while the
 * table was small would scan it when it has grown, hence a plan for each batch: it costs less than a millisecond.
 */
export async function lockTransactions(tx: Tx, ids: readonly Id[]): Promise<TransactionRow[]> {
  const [, rows] = await Promise.all([
    tx`set local plan_cache_mode = force_custom_plan`,
    tx<TransactionRow[]>`
      select ${transactionColumns(tx)} from transactions where transaction_id = any(${[...new Set(ids)]}::uuid[])
      order by transaction_id for update`,
  ])
  return rows
}

/** Locks the transactions that wait, for a verdict or a person, with their amount in one of these holds. */
export function lockWaitingByHold(tx: Tx, hold_ids: readonly Id[]): Promise<TransactionRow[]> {
  return tx<TransactionRow[]>`
    select ${transactionColumns(tx)} from transactions
    where transaction_id = any(array(select transaction_id from waiting_transactions)) and hold_id = any(${hold_ids as Id[]}::uuid[])
    order by transaction_id for update`
}

/**
 * Makes of locked rows what happened to them, in order: streams and projection in one statement, events in another. What changes nothing (a
 * repetition, a late answer) writes nothing. Returns the rows that changed, as they are now.
 */
export async function advanceAll(
  tx: Tx,
  locked: readonly TransactionRow[],
  happened: readonly Happened[],
  now: Date,
): Promise<Map<Id, TransactionRow>> {
  const rows = new Map(locked.map((row) => [row.transaction_id, row]))
  const changed = new Map<Id, TransactionRow>()
  const stream: TransactionEventRow[] = []
  const published: NewEvent[] = []
  for (const { transaction_id, happening, trace } of happened) {
    const row = rows.get(transaction_id)
    const next = row === undefined ? null : advance(row, happening, now)
    if (row === undefined || next === null) continue
    rows.set(transaction_id, next.row)
    changed.set(transaction_id, next.row)
    stream.push(...streamOf(row, next.steps, now, next.row.status))
    published.push(...announcementsOf(next.row, next.steps, trace ?? row))
  }
  if (changed.size === 0) return changed
  const after = [...changed.values()]
  dropAfterCommit(
    tx,
    after.filter(({ status }) => isSettled(status)).map(({ transaction_id }) => pendingKey(transaction_id)),
  )
  const before = locked.filter((row) => changed.has(row.transaction_id))
  const waiting = { left: before.filter(isWaiting), joined: after.filter(isWaiting) }
  await Promise.all([
    writeChanges(tx, after, stream, waiting),
    freeReferences(tx, after),
    freeReversals(tx, after),
    moveSearchDays(tx, before, changed),
    rememberPayments(tx, after),
    publishAll(tx, published),
  ])
  return changed
}

async function writeChanges(
  tx: Tx,
  rows: readonly TransactionRow[],
  stream: readonly TransactionEventRow[],
  waiting: { left: readonly StageOf[]; joined: readonly StageOf[] },
): Promise<void> {
  const ids = rows.map((row) => row.transaction_id).sort()
  // The bounds let the server leave out the months that the batch does not touch.
  await tx`
    with changed as (
      update transactions t
      set status = c.status, stage = c.stage, stage_at = c.stage_at, value_date = c.value_date, hold_id = c.hold_id,
        fraud_score = c.fraud_score, requires_approval = c.requires_approval, failure_code = c.failure_code, approved_by = c.approved_by,
        decision_reason = c.decision_reason, ledger_transaction_id = c.ledger_transaction_id, event_count = c.event_count,
        completed_at = c.completed_at, booked_at = c.booked_at, reversed_by = c.reversed_by, cancelled_by = c.cancelled_by
      from json_to_recordset(${encode(rows.map(mutableColumns))}::text::json) as c (transaction_id uuid, status text, stage text,
        stage_at timestamptz, value_date date, hold_id uuid, fraud_score int, requires_approval boolean, failure_code text,
        approved_by text, decision_reason text, ledger_transaction_id uuid, event_count int, completed_at timestamptz,
        booked_at timestamptz, reversed_by uuid, cancelled_by text)
      where t.transaction_id = c.transaction_id
        and t.transaction_id between ${ids[0] as Id}::uuid and ${ids.at(-1) as Id}::uuid
    ), settled as (
      delete from unsettled_transactions where transaction_id = any(${rows.filter(hasEnded).map((row) => row.transaction_id)}::uuid[])
    ), left_waiting as (
      delete from waiting_transactions w
      using unnest(${waiting.left.map(({ stage }) => stage)}::text[], ${waiting.left.map((row) => row.transaction_id)}::uuid[])
        as gone (stage, transaction_id)
      where w.stage = gone.stage and w.transaction_id = gone.transaction_id
    ), joined_waiting as (
      insert into waiting_transactions (stage, transaction_id, since)
      select stage, transaction_id, ${rows[0]?.stage_at as Date}
      from unnest(${waiting.joined.map(({ stage }) => stage)}::text[], ${waiting.joined.map((row) => row.transaction_id)}::uuid[])
        as come (stage, transaction_id)
    )
    insert into transaction_events (transaction_id, sequence, event_type, status, code, data, occurred_at, correlation_id)
    select transaction_id, sequence, event_type, status, code, data, occurred_at, correlation_id
    from json_to_recordset(${encode(stream)}::text::json) as event (transaction_id uuid, sequence int, event_type text, status text,
      code text, data json, occurred_at timestamptz, correlation_id text)`
}

/** An imported row that failed was not booked: its key is free again, so that sending it again books it. */
async function freeReferences(tx: Tx, rows: readonly TransactionRow[]): Promise<void> {
  const failed = rows.filter(({ stage, batch_id }) => stage === 'FAILED' && batch_id !== null)
  if (failed.length === 0) return
  const account_ids = failed.map((row) => row.source_account_id ?? row.destination_account_id ?? '')
  await tx`
    delete from imported_references used
    using unnest(${account_ids}::uuid[], ${failed.map((row) => row.external_reference ?? '')}::text[],
      ${failed.map((row) => row.transaction_id)}::uuid[]) as failed (account_id, external_reference, transaction_id)
    where used.account_id = failed.account_id and used.external_reference = failed.external_reference
      and used.transaction_id = failed.transaction_id`
}

/** A reversal that the ledger refused undid nothing: what it was for may be tried again. */
async function freeReversals(tx: Tx, rows: readonly TransactionRow[]): Promise<void> {
  const failed = rows.filter(({ stage, reversal_of }) => stage === 'FAILED' && reversal_of !== null)
  if (failed.length === 0) return
  await tx`delete from reversals where transaction_id = any(${failed.map((row) => row.transaction_id)}::uuid[])`
}

type StageOf = Pick<TransactionRow, 'transaction_id' | 'stage'>

function hasEnded({ stage }: StageOf): boolean {
  return isEnd(stage)
}

function isWaiting({ stage }: StageOf): boolean {
  return stage === 'RESERVED' || stage === 'AWAITING_APPROVAL'
}

function mutableColumns(row: TransactionRow) {
  const { transaction_id, status, stage, stage_at, value_date, hold_id, fraud_score, requires_approval } = row
  const { failure_code, approved_by, decision_reason, ledger_transaction_id, event_count, completed_at } = row
  const { booked_at, reversed_by, cancelled_by } = row
  return {
    ...{ transaction_id, status, stage, stage_at, value_date, hold_id, fraud_score, requires_approval },
    ...{ failure_code, approved_by, decision_reason, ledger_transaction_id, event_count, completed_at },
    ...{ booked_at, reversed_by, cancelled_by },
  }
}
