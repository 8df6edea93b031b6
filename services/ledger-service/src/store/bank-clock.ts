import { businessDateChanged } from '#contracts/events/ledger.ts'
import type { Clock } from '#libs/clock/clock.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { ensurePartitions } from '#libs/sql/partitions.ts'
import type { Own } from '../config.ts'
import type { BankClockRow } from '../tables.ts'

const DAY_MS = 86_400_000
/** Months that are ready beyond the one that the bank clock stands in. */
const MONTHS_AHEAD = 3
const BOOKED_TABLES = ['journal_transactions', 'entries'] as const

/** The stored clock; made at the first start, on the wall clock. */
export async function readBankClock(sql: Queryable, today: string): Promise<BankClockRow> {
  await sql`insert into bank_clock (offset_ms, business_date) values (0, ${today}) on conflict do nothing`
  const [row] = await sql<BankClockRow[]>`select offset_ms, business_date from bank_clock`
  if (row === undefined) throw new Error('the bank clock has no row')
  return row
}

/**
 * Makes the partitions of everything that is booked, from yesterday (another instance may be a moment behind) to some months past a moment
 * that the bank clock reaches. Each call commits by itself and one table after another, so no lock is held while another is waited for.
 */
export async function partitionFor(own: Own, from: Date, until: Date): Promise<void> {
  const first = new Date(from.getTime() - DAY_MS)
  const months = 12 * (until.getUTCFullYear() - first.getUTCFullYear()) + until.getUTCMonth() - first.getUTCMonth()
  for (const table of BOOKED_TABLES) await ensurePartitions(own.database.app, table, first, months + MONTHS_AHEAD)
  const month = until.toISOString().slice(0, 7)
  if (month > own.partitionedTo) own.partitionedTo = month
}

/** Announces a new business date, once for all instances: whoever moves the row publishes. */
export async function changeBusinessDate(tx: Tx, business_date: string): Promise<void> {
  const [row] = await tx<{ previous: string }[]>`
    update bank_clock c set business_date = ${business_date}
    from (select business_date as previous from bank_clock for update) before
    where before.previous < ${business_date} returning before.previous`
  if (row !== undefined)
    await publish(tx, { kind: businessDateChanged, data: { business_date, previous: row.previous } })
}

/** Both clocks as the contract answers them, at one moment. */
export function clockReply(clock: Clock, offset_ms: number) {
  const wall = clock.wall.now()
  const bank = new Date(wall.getTime() + offset_ms)
  return {
    business_date: bank.toISOString().slice(0, 10),
    bank_time: bank.toISOString(),
    wall_time: wall.toISOString(),
    offset_ms,
  }
}
