import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { changeBusinessDate, partitionFor, readBankClock } from '../store/bank-clock.ts'

/** Follows the bank clock that another instance may have moved, announces a new business date at midnight, and keeps partitions ahead. */
export const followBankClock = job('follow-bank-clock', {
  everyMs: 1_000,
  async run({ database, clock, own }) {
    const today = clock.bank.businessDate()
    const stored = await readBankClock(database.app, today)
    own.clock.set(Number(stored.offset_ms))
    const now = clock.bank.now()
    if (now.toISOString().slice(0, 7) > own.partitionedTo) await partitionFor(own, now, now)
    const business_date = clock.bank.businessDate()
    if (business_date > stored.business_date)
      await withTrace(newTrace(), () => database.transact((tx) => changeBusinessDate(tx, business_date)))
  },
})
