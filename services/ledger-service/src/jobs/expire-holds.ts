import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { EXPIRED_AT_ONCE, expireSome } from '../store/expiry.ts'

/** Gives back holds whose time is over on the bank clock. */
export const expireHolds = job('expire-holds', {
  everyMs: 1_000,
  async run({ database, clock, own }) {
    const now = clock.bank.now()
    let ended: number
    do {
      ended = await withTrace(newTrace(), () => database.transact((tx) => expireSome(tx, { own, clock }, now)))
    } while (ended === EXPIRED_AT_ONCE)
  },
})
