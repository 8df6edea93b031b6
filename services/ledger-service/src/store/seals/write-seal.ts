import { countsOf, type Tile } from '#libs/merkle/tree.ts'
import type { Position } from '#libs/outbox/event-log.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { SealFields } from '../../proofs/texts.ts'
import { arrayLiteral } from '../array-literal.ts'
import type { Head } from './head.ts'
import type { Movement } from './movements.ts'

/** Seals between two marks: the totals at any seal are a mark and at most this many seals less one. */
const SEALS_A_MARK = 64

interface NewSeal {
  readonly fields: SealFields
  readonly next: Head
  readonly transaction_ids: readonly string[]
  readonly entry_counts: readonly number[]
  readonly hashes: Buffer
  readonly tiles: readonly Tile[]
  readonly movements: readonly Movement[]
  readonly business_date: string
}

/** Writes a seal and all that it brings; the row of the sealer is locked. */
export async function writeSeal(tx: Tx, made: NewSeal): Promise<void> {
  const { fields, next, movements, business_date } = made
  const tiles = made.tiles.filter((tile) => tile.level > 0)
  const hasUpperChanged = made.tiles.length > 0
  await Promise.all([
    tx`
      insert into seals (seal_no, first_leaf, leaf_count, epoch, position, transaction_ids, entry_counts, through_id, leaf_hashes, previous_hash,
        root_hash, hash, sealed_at, business_date, version)
      values (${fields.seal_no}, ${fields.first_leaf}, ${fields.leaf_count}, ${next.position.epoch}, ${next.position.position},
        ${arrayLiteral(made.transaction_ids)}::text::uuid[], ${arrayLiteral(made.entry_counts)}::text::int[], ${next.through_id}, ${made.hashes},
        ${Buffer.from(fields.previous_hash, 'hex')}, ${Buffer.from(fields.root_hash, 'hex')}, ${Buffer.from(next.hash, 'hex')},
        ${new Date(next.horizon_ms)}, ${business_date}, ${fields.version})`,
    ...tiles.map(
      ({ level, index, hashes }) =>
        tx`insert into merkle_tiles (level, index, hashes) values (${level}, ${index}, ${hashes})`,
    ),
    writeMovements(tx, fields.seal_no, business_date, movements),
    tx`
      update seal_state set seal_no = ${next.seal_no}, epoch = ${next.position.epoch}, position = ${next.position.position},
        horizon = ${new Date(next.horizon_ms)}
        ${hasUpperChanged ? tx`, upper_tails = ${upperTails(tx, next)}` : tx``}`,
  ])
  if (fields.seal_no % SEALS_A_MARK === 0) await writeMarks(tx, fields.seal_no)
}

/** What the tree has above its leaves and outside full tiles. Written only when a tile of leaves became full: every 256 leaves. */
function upperTails(tx: Tx, { tree }: Head) {
  const upper = countsOf(tree.size).slice(1).keys()
  const tails = [...upper].map((level) => Buffer.from(tree.tail[level + 1] ?? []).toString('hex'))
  return tx`array(select decode(hashes, 'hex') from unnest(${textArray(tails)}::text[]) with ordinality as t (hashes, level) order by level)`
}

async function writeMovements(
  tx: Tx,
  seal_no: number,
  business_date: string,
  movements: readonly Movement[],
): Promise<void> {
  const of = (field: keyof Movement): string => arrayLiteral(movements.map((one) => one[field]))
  await tx`
    insert into gl_movements (seal_no, business_date, value_date, currency, gl_code, debits, credits, entries)
    select ${seal_no}::bigint, ${business_date}::date, *
    from unnest(${of('value_date')}::date[], ${of('currency')}::text[], ${textArray(movements.map((one) => one.gl_code))}::text[],
      ${of('debits')}::numeric[], ${of('credits')}::numeric[], ${of('entries')}::bigint[])`
}

/** Adds what the last seals moved to the last mark of each of their days. */
async function writeMarks(tx: Tx, seal_no: number): Promise<void> {
  await tx`
    with recent as (select * from gl_movements where seal_no > ${seal_no - SEALS_A_MARK} and seal_no <= ${seal_no}),
    earlier as (
      select m.* from (select distinct business_date from recent) day
      cross join lateral (
        select seal_no from gl_marks where business_date = day.business_date order by seal_no desc limit 1) last
      join gl_marks m on m.business_date = day.business_date and m.seal_no = last.seal_no)
    insert into gl_marks (business_date, seal_no, value_date, currency, gl_code, debits, credits, entries)
    select business_date, ${seal_no}::bigint, value_date, currency, gl_code, sum(debits), sum(credits), sum(entries)
    from (
      select business_date, value_date, currency, gl_code, debits, credits, entries from recent
      union all select business_date, value_date, currency, gl_code, debits, credits, entries from earlier) both_parts
    group by business_date, value_date, currency, gl_code`
}

/** Says that everything up to a time is sealed; false when another instance has sealed meanwhile. */
export async function writeHorizon(
  sql: Queryable,
  head: Head,
  { horizon, position }: { horizon: Date; position: Position },
): Promise<boolean> {
  const written = await sql`
    update seal_state set horizon = greatest(horizon, ${horizon}::timestamptz), epoch = ${position.epoch}, position = ${position.position},
      known_from = case when is_catching_up then (select sealed_at from seals where seal_no = ${head.seal_no}) else known_from end,
      is_catching_up = false
    where seal_no = ${head.seal_no} and epoch = ${head.position.epoch} and position = ${head.position.position}`
  return written.count > 0
}
