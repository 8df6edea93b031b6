import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { expireProposals } from '../store/limit-proposals.ts'

/** Ends what waited a week for a second officer. */
export const expireLimitProposals = job('expire-limit-proposals', {
  everyMs: 2_000,
  async run({ database, clock }) {
    await withTrace(newTrace(), () => database.transact((tx) => expireProposals(tx, clock.wall.now())))
  },
})
