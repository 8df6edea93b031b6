import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { expireProposals } from '../store/user-proposals.ts'

/** Ends what waited a week for a second person, so that nobody approves what its reason has left behind. */
export const expireUserProposals = job('expire-user-proposals', {
  everyMs: 2_000,
  async run({ database, clock }) {
    await withTrace(newTrace(), () => database.transact((tx) => expireProposals(tx, clock.wall.now())))
  },
})
