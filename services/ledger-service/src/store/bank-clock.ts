import type { Clock } from '#libs/clock/clock.ts'
import { isoDate } from '#libs/clock/clock.ts'
import type { Database, Queryable, Tx } from '#libs/sql/database.ts'
import { ensurePartitions } from '#libs/sql/partitions.ts'
import type { Own } from '../config.ts'
import { bankTime } from '../domain/bank-clock.ts'
import type { BookingTime } from '../domain/core.ts'
import type { BankClockRow } from '../tables.ts'

const DAY_MS = 86_400_000
/** Months that are ready beyond the one that the bank clock stands in. */
const MONTHS_AHEAD = 3
const BOOKED_TABLES = ['journal_transactions', 'entries'] as const
/** Names the business day as an advisory lock: who books shares it to the commit, who changes the date has it alone. */
export const BUSINESS_DAY = 'business day'

/** Makes the stored clock at the first start, on the wall clock and with its day open. */
export async function startBankClock(sql: Queryable, today: string): Promise<void> {
  await sql`insert into bank_clock (offset_ms, business_date) values (0, ${today}) on conflict do nothing`
  await sql`insert into periods (business_date, status) select business_date, 'OPEN' from bank_clock on conflict do nothing`
}

/** Puts a clock that was never moved, of books in which nothing is booked, into the past; false where it was moved or something is booked. */
export async function startInThePast(tx: Tx, offset_ms: number, business_date: string): Promise<boolean> {
  const born = await tx`
    update bank_clock set offset_ms = ${offset_ms}, business_date = ${business_date}, version = version + 1
    where offset_ms = 0 and moving_to is null and version = 0
      and not exists (select from journal_transactions) and not exists (select from end_of_day_runs)`
  if (born.count === 0) return false
  await tx`update periods set business_date = ${business_date} where status = 'OPEN'`
  return true
}

/** The stored clock as committed now. */
export async function readBankClock(sql: Queryable): Promise<BankClockRow> {
  const [row] = await sql<BankClockRow[]>`
    select offset_ms::float8 as offset_ms, business_date, moving_to, joins_wall, closed_through, version::float8 as version
    from bank_clock`
  if (row === undefined) throw new Error('the bank clock has no row')
  return row
}

/** The stored clock, locked against other movers. Bookings don't wait for it. */
export async function lockBankClock(tx: Tx): Promise<BankClockRow> {
  const [row] = await tx<BankClockRow[]>`
    select offset_ms::float8 as offset_ms, business_date, moving_to, joins_wall, closed_through, version::float8 as version
    from bank_clock for update`
  if (row === undefined) throw new Error('the bank clock has no row')
  return row
}

/** Writes where the clock stands now; returns the row as it is then. */
export async function writeBankClock(tx: Tx, clock: BankClockRow): Promise<BankClockRow> {
  const { offset_ms, business_date, moving_to, joins_wall, closed_through } = clock
  const version = clock.version + 1
  await tx`
    update bank_clock set offset_ms = ${offset_ms}, business_date = ${business_date}, moving_to = ${moving_to}, joins_wall = ${joins_wall},
      closed_through = ${closed_through}, version = ${version}`
  return { ...clock, version }
}

/** Keeps the business date from changing until this transaction ends. A statement of its own, so that the next one sees the date it waited for. */
export async function shareBusinessDay(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock_shared(hashtextextended(${BUSINESS_DAY}, 0))`
}

/** Waits until nothing is being booked, and lets nothing be until this transaction ends. */
export async function ownBusinessDay(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${BUSINESS_DAY}, 0))`
}

/**
 * When what is decided now is booked: by the stored clock, which another instance may have moved. The business day must be shared already (the
 * claim of a step's key does it), and the accounts locked, so that the time rises along an account's history.
 */
export async function bookingTime(tx: Tx, own: Own, clock: Clock): Promise<() => BookingTime> {
  const stored = await readBankClock(tx)
  own.know(stored)
  const { business_date, closed_through } = stored
  return () => ({ booked_at: bankTime(stored, clock.wall.now()), business_date, closed_through })
}

/** When something would be booked now, as far as this process knows: for who only looks. */
export function bookingTimeSeen({ known }: Own, clock: Clock): BookingTime {
  const { business_date, closed_through } = known
  return { booked_at: bankTime(known, clock.wall.now()), business_date, closed_through }
}

/**
 * Makes the partitions of everything that is booked around a moment of the bank clock: from the day before (another instance may be a moment
 * behind) to some months ahead. One table after another, each by itself, so that no lock is held while another is waited for.
 */
export async function partitionAround(database: Pick<Database, 'app'>, moment: Date): Promise<void> {
  const first = new Date(moment.getTime() - DAY_MS)
  const months = 12 * (moment.getUTCFullYear() - first.getUTCFullYear()) + moment.getUTCMonth() - first.getUTCMonth()
  for (const table of BOOKED_TABLES) await ensurePartitions(database.app, table, first, months + MONTHS_AHEAD)
}

/** The same once for each month in this process. */
export async function partitionFor(own: Own, moment: Date): Promise<void> {
  const month = isoDate(moment).slice(0, 7)
  if (own.partitionedMonths.has(month)) return
  await partitionAround(own.database, moment)
  own.partitionedMonths.add(month)
}

/** Both clocks as the contract answers them, at one moment. */
export function clockReply(clock: Clock, stored: BankClockRow) {
  const wall = clock.wall.now()
  return {
    business_date: stored.business_date,
    bank_time: bankTime(stored, wall).toISOString(),
    wall_time: wall.toISOString(),
    offset_ms: stored.offset_ms,
    moving_to: stored.moving_to?.toISOString() ?? null,
  }
}
