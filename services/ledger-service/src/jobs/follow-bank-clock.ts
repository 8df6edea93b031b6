import { job } from '../config.ts'
import { partitionFor, readBankClock } from '../store/bank-clock.ts'
import { findOpenRun } from '../store/end-of-day.ts'

/** Follows the bank clock and the end of day, which another instance may have moved, and keeps partitions ahead. */
export const followBankClock = job('follow-bank-clock', {
  everyMs: 1_000,
  inEveryProcess: true,
  async run({ database, clock, own }) {
    const [stored, run] = await Promise.all([readBankClock(database.app), findOpenRun(database.app)])
    own.know(stored)
    own.isRunOpen = run !== undefined
    await partitionFor(own, clock.bank.now())
  },
})
