import type { Opening } from '#libs/service/service.ts'
import { partitionAround, readBankClock, startBankClock, startInThePast } from './store/bank-clock.ts'

const DAY_MS = 86_400_000
const DAYS_AT_MOST = 400

/**
 * Lets a bank that has booked nothing, and whose clock was never moved, be born in the past: at 00:00 UTC so many days ago. Its history is then
 * made by real operations while the clock is moved up to now. Call it before the bank says that it is ready; true when it was born now.
 */
export async function bearBank(
  { database, clock, profile, setBankOffset }: Pick<Opening, 'database' | 'clock' | 'profile' | 'setBankOffset'>,
  { daysAgo }: { daysAgo: number },
): Promise<boolean> {
  if (profile === 'production') throw new Error("a production bank's clock is the wall's")
  const wall = clock.wall.now()
  await startBankClock(database.app, wall.toISOString().slice(0, 10))
  // A bank that is at work already may be asked again at each start, however long ago it was born by then.
  if ((await readBankClock(database.app)).version > 0) return false
  if (!Number.isInteger(daysAgo) || daysAgo < 1 || daysAgo > DAYS_AT_MOST)
    throw new Error(`a bank is born 1 to ${DAYS_AT_MOST} days ago`)
  const birth = new Date(Math.floor(wall.getTime() / DAY_MS - daysAgo) * DAY_MS)
  const business_date = birth.toISOString().slice(0, 10)
  const offset_ms = birth.getTime() - wall.getTime()
  await partitionAround(database, birth)
  const isBorn = await database.transact((tx) => startInThePast(tx, offset_ms, business_date))
  if (isBorn) setBankOffset(offset_ms)
  return isBorn
}
