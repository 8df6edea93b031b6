import type { Queryable } from '#libs/sql/database.ts'
import { arrayLiteral } from './array-literal.ts'
import type { Difference } from './reconciliations.ts'

/** Entries that one slice reads at most, and accounts that it compares at most. */
const SLICE = { entries: 20_000, accounts: 2_000 }
/** The last entries of an account that are compared while it is in use. */
const LAST_ENTRIES = 50

/** Up to which entry of which account a comparison came, and the balance that the entries up to it give. */
export interface SliceCursor {
  readonly cursor_account: string | null
  readonly cursor_sequence: bigint
  readonly cursor_cents: bigint
}

/** What a slice found, and where the next one begins; null at the end. */
export interface Slice {
  readonly accounts: number
  readonly differences: Difference[]
  readonly next: SliceCursor | null
}

interface AccountRow extends Difference {
  readonly is_whole: boolean
  readonly last_sequence: bigint
  readonly is_wrong: boolean
}

/**
 * Compares the next accounts, in the order of their ids, with their entries: each follows the one before in sequence and balance, the last one
 * says what is kept, and active holds are what is held. An account with more entries than a slice reads goes on in the next. One statement, so
 * that bookings that go on change nothing; what was compared before them is compared again by the continuous comparison.
 */
export async function reconcileSlice(
  sql: Queryable,
  cursor: SliceCursor,
  { entries, accounts }: { entries: number; accounts: number } = SLICE,
): Promise<Slice> {
  const { cursor_account, cursor_sequence, cursor_cents } = cursor
  const rows = await sql<AccountRow[]>`
    with due as materialized (
      select * from ledger_accounts where ${cursor_account === null ? sql`true` : sql`ledger_account_id >= ${cursor_account}`}
      order by ledger_account_id limit ${accounts}),
    counted as materialized (
      select *, case when ledger_account_id = ${cursor_account}::uuid then ${cursor_sequence}::bigint else 0 end as after_sequence,
        case when ledger_account_id = ${cursor_account}::uuid then ${cursor_cents}::bigint else 0 end as after_cents,
        sum(entry_count - case when ledger_account_id = ${cursor_account}::uuid then ${cursor_sequence}::bigint else 0 end)
          over (order by ledger_account_id) as upto
      from due),
    taken as materialized (
      select *, least(entry_count, after_sequence + ${entries}) as to_sequence, entry_count - after_sequence <= ${entries} as is_whole
      from counted where upto - (entry_count - after_sequence) < ${entries})
    select t.ledger_account_id, t.ledger_balance_cents as cached_cents, (t.after_cents + w.change)::int8 as computed_cents, t.is_whole,
      t.to_sequence as last_sequence,
      (w.entries <> t.to_sequence - t.after_sequence or w.breaks > 0
        or t.is_whole and (t.after_cents + w.change <> t.ledger_balance_cents or w.beyond > 0
          or t.held_cents <> (select coalesce(sum(amount_cents - captured_cents), 0) from holds h
            where h.ledger_account_id = t.ledger_account_id and h.status = 'ACTIVE'))) as is_wrong
    from taken t cross join lateral (
      select count(*) filter (where sequence <= t.to_sequence) as entries,
        coalesce(sum(signed_cents) filter (where sequence <= t.to_sequence), 0) as change,
        count(*) filter (where sequence > t.to_sequence) as beyond,
        count(*) filter (where sequence <= t.to_sequence
          and (balance_cents <> before_cents + signed_cents or sequence <> before_sequence + 1)) as breaks
      from (
        select sequence, signed_cents, balance_cents, lag(balance_cents, 1, t.after_cents) over in_order as before_cents,
          lag(sequence, 1, t.after_sequence) over in_order as before_sequence
        from entries e
        where e.ledger_account_id = t.ledger_account_id and e.sequence > t.after_sequence
          -- One bound for the key in either case: it reads a slice of an account, not all that follows.
          and e.sequence <= case when t.is_whole then 9223372036854775807 else t.to_sequence end
        window in_order as (order by e.sequence)) walked) w
    order by t.ledger_account_id`
  const last = rows.at(-1)
  const differences = rows.filter((row) => row.is_wrong).map(differenceIn)
  const whole = rows.filter((row) => row.is_whole).length
  if (last === undefined) return { accounts: 0, differences, next: null }
  if (!last.is_whole)
    return {
      accounts: whole,
      differences,
      next: {
        cursor_account: last.ledger_account_id,
        cursor_sequence: last.last_sequence,
        cursor_cents: last.computed_cents,
      },
    }
  const [after] = await sql<{ id: string }[]>`
    select ledger_account_id as id from ledger_accounts where ledger_account_id > ${last.ledger_account_id}
    order by ledger_account_id limit 1`
  const next = after === undefined ? null : { cursor_account: after.id, cursor_sequence: 0n, cursor_cents: 0n }
  return { accounts: whole, differences, next }
}

/** Compares what accounts that were just used keep with their last entries and their active holds: bounded work, however long they are. */
export async function reconcileTouched(sql: Queryable, ids: readonly string[]): Promise<Difference[]> {
  const rows = await sql<Difference[]>`
    select a.ledger_account_id, a.ledger_balance_cents as cached_cents, coalesce(w.last_cents, 0) as computed_cents
    from unnest(${arrayLiteral(ids)}::uuid[]) as touched (id) join ledger_accounts a on a.ledger_account_id = touched.id
    cross join lateral (
      select (array_agg(balance_cents order by sequence desc))[1] as last_cents, max(sequence) as last_sequence,
        count(*) filter (where balance_cents <> before_cents + signed_cents or sequence <> before_sequence + 1) as breaks
      from (
        select sequence, signed_cents, balance_cents, lag(balance_cents, 1, balance_cents - signed_cents) over in_order as before_cents,
          lag(sequence, 1, sequence - 1) over in_order as before_sequence
        from (
          select * from entries e where e.ledger_account_id = a.ledger_account_id and e.sequence > a.entry_count - ${LAST_ENTRIES}) last
        window in_order as (order by sequence)) walked) w
    where a.ledger_balance_cents <> coalesce(w.last_cents, 0) or a.entry_count <> coalesce(w.last_sequence, 0) or w.breaks > 0
      or a.held_cents <> (select coalesce(sum(amount_cents - captured_cents), 0) from holds h
        where h.ledger_account_id = a.ledger_account_id and h.status = 'ACTIVE')`
  return Array.from(rows)
}

function differenceIn({ ledger_account_id, cached_cents, computed_cents }: AccountRow): Difference {
  return { ledger_account_id, cached_cents, computed_cents }
}
